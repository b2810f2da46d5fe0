package hub

import (
	"bytes"
	"container/list"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"sessionhub/models"
)

// maxSchemas bounds the compiled schemas that are kept. Compiling costs some twenty times as
// much as holding arguments to a compiled schema, see BenchmarkSchemas.
const maxSchemas = 256

// Schemas holds arguments to the schemas of functions, and keeps those that it compiled. It may
// be used by several goroutines at once.
type Schemas struct {
	mu     sync.Mutex
	byText map[schemaKey]*list.Element
	recent *list.List // of *keptSchema, the last used first
}

type schemaKey [sha256.Size]byte

type keptSchema struct {
	key    schemaKey
	schema *jsonschema.Schema
}

// NewSchemas makes an empty one.
func NewSchemas() *Schemas {
	return &Schemas{byText: map[schemaKey]*list.Element{}, recent: list.New()}
}

// Check reads a JSON object and holds it to the function's schema. What is wrong with it is a
// [models.InvalidError] whose messages never hold an argument's value. Numbers are json.Number.
func (s *Schemas) Check(f *models.Function, arguments []byte) (map[string]any, error) {
	schema, err := s.compiled(f.Parameters)
	if err != nil {
		return nil, fmt.Errorf("the schema of %s: %w", f.Name, err)
	}
	args, err := readArguments(arguments)
	if err != nil {
		return nil, err
	}
	var issues argumentIssues
	issues.unknown(schema, args)
	var broken *jsonschema.ValidationError
	if err := schema.Validate(args); errors.As(err, &broken) {
		issues.add(broken)
	} else if err != nil {
		return nil, fmt.Errorf("the arguments of %s: %w", f.Name, err)
	}
	return args, issues.err()
}

func (s *Schemas) compiled(text string) (*jsonschema.Schema, error) {
	key := sha256.Sum256([]byte(text))
	if schema := s.kept(key); schema != nil {
		return schema, nil
	}
	schema, err := compileArguments(text)
	if err != nil {
		return nil, err
	}
	s.keep(key, schema)
	return schema, nil
}

func (s *Schemas) kept(key schemaKey) *jsonschema.Schema {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, ok := s.byText[key]
	if !ok {
		return nil
	}
	s.recent.MoveToFront(at)
	return at.Value.(*keptSchema).schema
}

func (s *Schemas) keep(key schemaKey, schema *jsonschema.Schema) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.byText[key]; ok {
		return // another goroutine was faster
	}
	s.byText[key] = s.recent.PushFront(&keptSchema{key, schema})
	if s.recent.Len() > maxSchemas {
		last := s.recent.Remove(s.recent.Back()).(*keptSchema)
		delete(s.byText, last.key)
	}
}

// argumentsURL names a schema inside the compiler; nothing is ever loaded from it.
const argumentsURL = "urn:sessionhub:arguments"

func compileArguments(text string) (*jsonschema.Schema, error) {
	if text == "" {
		text = "{}"
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(text)))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.UseLoader(noSchemaLoader{})
	c.UseRegexpEngine(lenientPattern)
	if err := c.AddResource(argumentsURL, document); err != nil {
		return nil, err
	}
	return c.Compile(argumentsURL)
}

// noSchemaLoader keeps the compiler away from files and the network.
type noSchemaLoader struct{}

func (noSchemaLoader) Load(string) (any, error) {
	return nil, errors.New("a schema must not refer to another document")
}
