package hub

import (
	"fmt"
	"slices"

	"sessionhub/models"
)

const (
	// MaxFunctions bounds one tool: no provider takes more than some hundred functions at once,
	// and what the largest real documents have is to be chosen from.
	MaxFunctions = 2000
	// MaxSchema bounds the parameters of one function: a model reads them with every message.
	MaxSchema = 32 << 10 // bytes
)

// Limits of texts that a tool has for people and models.
const (
	maxFunctionText = 1024 // characters; OpenAI's limit
	maxToolText     = 2000 // characters
	maxSchemeText   = 1000 // characters
	maxNameLength   = 255  // bytes of a name that the document gives
	maxAddress      = 2048 // bytes of a path or an address
)

// CompileOptions say what a document does not.
type CompileOptions struct {
	Name         string                 // of the tool; empty: made of the document's title
	Title        string                 // for people; empty: the document's
	Source       string                 // the file or address it came from; relative servers are resolved against an address
	BaseURL      string                 // instead of the document's servers
	Credentials  models.CredentialOwner // empty: the user's
	AllowPrivate bool
	Only         []string // operationIds, or "GET /path", of what to offer; empty for all
}

// compiler is one run of [Compile].
type compiler struct {
	doc      *document
	options  CompileOptions
	tool     models.Tool
	schemes  map[string]*securityScheme // read so far
	scopes   map[string]map[string]bool // by the schemes of offered functions
	findings []Finding
	nodes    int // of schemas that were rendered
}

// Compile makes a tool of an OpenAPI 3 or Swagger 2.0 document, in JSON or YAML. What cannot be
// offered is in the tool's Skipped; an [models.InvalidError] says why there is no tool at all.
// The same document and options always make the same tool.
func Compile(text []byte, o CompileOptions) (models.Tool, []Finding, error) {
	doc, err := readDocument(text)
	if err != nil {
		return models.Tool{}, nil, err
	}
	c := &compiler{doc: doc, options: o, schemes: map[string]*securityScheme{}, scopes: map[string]map[string]bool{}}
	operations := c.operations()
	chosen, err := c.prepare(operations)
	if err != nil {
		return models.Tool{}, nil, err
	}
	c.tool.Document = text
	nameOperations(c.tool.Name, operations)
	c.compileOperations(chosen)
	if len(c.tool.Functions) == 0 {
		return models.Tool{}, nil, models.Invalid("document", "has no operation that can be offered"+c.reasons())
	}
	c.tool.Schemes, c.tool.RevocationURL = c.usedSchemes(), c.revocationURL()
	return c.tool, c.findings, c.tool.Validate()
}

// prepare fills in what the tool is, and returns the operations to offer, or everything that is
// wrong with the options.
func (c *compiler) prepare(operations []*operation) ([]*operation, error) {
	info := treeAt(c.doc.root, "info")
	c.tool = models.Tool{
		Name:         c.options.Name,
		Title:        proseAt(info, "title", models.MaxLabel),
		Description:  proseAt(info, "description", maxToolText),
		Source:       c.options.Source,
		Credentials:  c.options.Credentials,
		AllowPrivate: c.options.AllowPrivate,
		Only:         c.options.Only,
	}
	if c.tool.Credentials == "" {
		c.tool.Credentials = models.OwnerUser
	}
	if c.options.Title != "" {
		c.tool.Title = c.options.Title
	}
	var issues models.Issues
	if c.tool.Name == "" {
		c.tool.Name = toolNameOf(c.tool.Title)
	}
	if c.tool.Name == "" {
		issues.Add("name", "is required: none can be made of the document's title")
		c.tool.Name = "tool" // so that the rest is checked
	}
	if c.tool.Title == "" {
		c.tool.Title = c.tool.Name
	}
	c.chooseBase(operations, &issues)
	checked := c.tool
	if checked.BaseURL == "" { // which is among the issues already
		checked.BaseURL = "https://example.com"
	}
	if err := checked.Validate(); err != nil {
		if err = issues.Merge(err); err != nil {
			return nil, err
		}
	}
	return c.choose(operations, &issues), issues.Err()
}

// choose returns the operations that the options ask for.
func (c *compiler) choose(operations []*operation, issues *models.Issues) []*operation {
	chosen := operations
	if len(c.options.Only) > 0 {
		known := map[string]bool{}
		chosen = nil
		for _, op := range operations {
			id, place := op.declaredID(), op.place()
			known[id], known[place] = true, true
			if slices.Contains(c.options.Only, id) || slices.Contains(c.options.Only, place) {
				chosen = append(chosen, op)
			}
		}
		for _, name := range c.options.Only {
			if !known[name] || name == "" {
				issues.Add("only", fmt.Sprintf("names the operation %s, which the document does not have", quoted(name)))
			}
		}
	}
	if len(chosen) > MaxFunctions {
		issues.Add("only", fmt.Sprintf("is required: the document has %d operations, and a tool has at most %d functions", len(chosen), MaxFunctions))
	}
	return chosen
}

// compileOperations makes the functions.
func (c *compiler) compileOperations(operations []*operation) {
	taken := map[string]bool{}
	for _, op := range operations {
		function, alternatives, reason := c.compileOperation(op)
		if reason == "" && taken[function.Name] {
			reason = "would have the name of another function, " + function.Name
		}
		if reason != "" {
			c.tool.Skipped = append(c.tool.Skipped, models.Skipped{Operation: op.label, Reason: reason})
			continue
		}
		taken[function.Name] = true
		c.tool.Functions = append(c.tool.Functions, function)
		c.noteScopes(op, alternatives)
		if op.renamed {
			c.note(op, "is called "+function.Name+": its own name is too long, or not the only one")
		}
		c.findings = append(c.findings, op.findings...)
	}
}

// note adds a finding to an operation, once; it is reported if the operation is offered.
func (c *compiler) note(op *operation, text string) {
	finding := Finding{Operation: op.label, Text: text}
	if !slices.Contains(op.findings, finding) {
		op.findings = append(op.findings, finding)
	}
}

// reasons tells why nothing can be offered: each reason once, the first few.
func (c *compiler) reasons() string {
	const most = 5
	var seen []string
	text := ""
	for _, s := range c.tool.Skipped {
		if slices.Contains(seen, s.Reason) {
			continue
		}
		if len(seen) == most {
			return text + "; and so on"
		}
		separator := "; "
		if len(seen) == 0 {
			separator = ": "
		}
		seen = append(seen, s.Reason)
		text += separator + s.Operation + " " + s.Reason
	}
	return text
}
