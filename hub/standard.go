package hub

import (
	"context"
	"encoding/json"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"
)

const maxBreach = 500 // characters of what is told of a breach

// Breach says where a document breaks the OpenAPI specification, in the words of a library that
// holds it to the letter; empty for nowhere. [Compile] takes what it can of such a document.
func Breach(document []byte) string {
	doc, err := loadToTheLetter(document)
	if err == nil {
		err = doc.Validate(context.Background(), openapi3.DisableExamplesValidation())
	}
	if err == nil {
		return ""
	}
	text := []rune(err.Error())
	if len(text) > maxBreach {
		return string(text[:maxBreach]) + "…"
	}
	return string(text)
}

func loadToTheLetter(document []byte) (*openapi3.T, error) {
	var old openapi2.T
	if json.Unmarshal(document, &struct {
		Swagger *string `json:"swagger"`
	}{&old.Swagger}) == nil && old.Swagger != "" {
		if err := json.Unmarshal(document, &old); err != nil {
			return nil, err
		}
		return openapi2conv.ToV3(&old)
	}
	return openapi3.NewLoader().LoadFromData(document)
}
