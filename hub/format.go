package hub

import (
	"encoding/json"
	"fmt"

	"sessionhub/models"
)

// Format is the shape in which a model's API takes functions.
type Format string

// The formats.
const (
	FormatOpenAI          Format = "openai" // Chat Completions, and what imitates it
	FormatOpenAIResponses Format = "openai-responses"
	FormatAnthropic       Format = "anthropic"
	FormatGemini          Format = "gemini"
	FormatMCP             Format = "mcp"
)

// ParseFormat reads a format's name; empty is [FormatOpenAI].
func ParseFormat(s string) (Format, error) {
	switch f := Format(s); f {
	case "":
		return FormatOpenAI, nil
	case FormatOpenAI, FormatOpenAIResponses, FormatAnthropic, FormatGemini, FormatMCP:
		return f, nil
	}
	return "", models.Invalid("format", "must be one of openai, openai-responses, anthropic, gemini, mcp")
}

// The shapes, each as it stands in its API's list of tools.
type (
	openAITool struct {
		Type     string         `json:"type"`
		Function openAIFunction `json:"function"`
	}
	openAIFunction struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		Parameters  json.RawMessage `json:"parameters"`
	}
	openAIResponsesTool struct {
		Type        string          `json:"type"`
		Name        string          `json:"name"`
		Description string          `json:"description"`
		Parameters  json.RawMessage `json:"parameters"`
		Strict      bool            `json:"strict"`
	}
	anthropicTool struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		InputSchema json.RawMessage `json:"input_schema"`
	}
	geminiTool struct {
		FunctionDeclarations []geminiFunction `json:"functionDeclarations"`
	}
	geminiFunction struct {
		Name        string        `json:"name"`
		Description string        `json:"description"`
		Parameters  *geminiSchema `json:"parameters,omitempty"`
	}
	mcpTools struct {
		Tools []mcpTool `json:"tools"`
	}
	mcpTool struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		InputSchema json.RawMessage `json:"inputSchema"`
	}
)

// Definitions returns the functions as a value for encoding/json: the list that goes into
// "tools", or for MCP the result of tools/list.
func Definitions(format Format, functions []models.Function) (any, error) {
	switch format {
	case FormatOpenAI, "":
		return definitionsOf(functions, func(f *models.Function, p json.RawMessage) (openAITool, error) {
			return openAITool{"function", openAIFunction{f.Name, f.Description, p}}, nil
		})
	case FormatOpenAIResponses:
		return definitionsOf(functions, func(f *models.Function, p json.RawMessage) (openAIResponsesTool, error) {
			return openAIResponsesTool{Type: "function", Name: f.Name, Description: f.Description, Parameters: p}, nil
		})
	case FormatAnthropic:
		return definitionsOf(functions, func(f *models.Function, p json.RawMessage) (anthropicTool, error) {
			return anthropicTool{f.Name, f.Description, p}, nil
		})
	case FormatGemini:
		list, err := definitionsOf(functions, geminiDefinition)
		if len(list) == 0 {
			return []geminiTool{}, err // a tool without declarations is refused
		}
		return []geminiTool{{list}}, err
	case FormatMCP:
		list, err := definitionsOf(functions, func(f *models.Function, p json.RawMessage) (mcpTool, error) {
			return mcpTool{f.Name, f.Description, p}, nil
		})
		return mcpTools{list}, err
	}
	return nil, fmt.Errorf("unknown format %q", format)
}

// definitionsOf is never nil: a client that gets null for a list breaks.
func definitionsOf[T any](functions []models.Function, make1 func(*models.Function, json.RawMessage) (T, error)) ([]T, error) {
	list := make([]T, 0, len(functions))
	for i := range functions {
		f := &functions[i]
		parameters, err := rootSchema(f.Parameters)
		if err == nil {
			var one T
			one, err = make1(f, parameters)
			list = append(list, one)
		}
		if err != nil {
			return nil, fmt.Errorf("the schema of %s: %w", f.Name, err)
		}
	}
	return list, nil
}

// rootSchema makes sure of what every API asks of the root: type object, with properties.
func rootSchema(text string) (json.RawMessage, error) {
	var members map[string]json.RawMessage
	if text == "" {
		text = "{}"
	}
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		return nil, fmt.Errorf("it is not a JSON object: %w", err)
	}
	if string(members["type"]) == `"object"` && members["properties"] != nil && !composed(members) {
		return json.RawMessage(text), nil
	}
	if members == nil {
		members = map[string]json.RawMessage{}
	}
	for _, name := range composedBy {
		delete(members, name)
	}
	members["type"] = json.RawMessage(`"object"`)
	if members["properties"] == nil {
		members["properties"] = json.RawMessage(`{}`)
	}
	return json.Marshal(members)
}

// composedBy are keywords that the APIs refuse at the root, where they can only narrow what
// the properties say; arguments are still held to them.
var composedBy = []string{"oneOf", "anyOf", "allOf", "not", "enum"}

func composed(members map[string]json.RawMessage) bool {
	for _, name := range composedBy {
		if members[name] != nil {
			return true
		}
	}
	return false
}
