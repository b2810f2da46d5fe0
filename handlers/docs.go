package handlers

import (
	"bytes"
	"context"
	_ "embed" // of openapi.yaml
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"

	"sessionhub/web"
)

//go:embed openapi.yaml
var openAPISource []byte

// pagePolicy lets a page load nothing but our own style sheets.
const pagePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// docs are the description of the API, for programs and for people. They are made when first
// asked for: that takes longer than the rest of a start. A test holds the source to be good.
type docs struct {
	publicURL string

	once sync.Once
	json []byte
	page []byte
	err  error
}

func (d *docs) make() error {
	d.once.Do(func() {
		var doc *openapi3.T
		if doc, d.err = loadOpenAPI(); d.err != nil {
			return
		}
		if d.publicURL != "" {
			doc.Servers = openapi3.Servers{{URL: d.publicURL}}
		}
		if d.json, d.err = json.Marshal(doc); d.err != nil {
			return
		}
		var page bytes.Buffer
		d.err = web.RenderDocs(&page, doc, d.publicURL)
		d.page = page.Bytes()
	})
	return d.err
}

func loadOpenAPI() (*openapi3.T, error) {
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(openAPISource)
	if err != nil {
		return nil, fmt.Errorf("openapi.yaml: %w", err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("openapi.yaml: %w", err)
	}
	return doc, nil
}

// openAPI answers GET /openapi.json.
func (a *api) openAPI(c echo.Context) error {
	if err := a.docs.make(); err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, a.docs.json)
}

// docsPage answers GET /docs.
func (a *api) docsPage(c echo.Context) error {
	if err := a.docs.make(); err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentSecurityPolicy, pagePolicy)
	c.Response().Header().Set(echo.HeaderReferrerPolicy, "no-referrer")
	return c.HTMLBlob(http.StatusOK, a.docs.page)
}
