package handlers

import (
	"bytes"
	"context"
	_ "embed" // of openapi.yaml
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"

	"sessionhub/web"
)

//go:embed openapi.yaml
var openAPISource []byte

// pagePolicy lets a page load nothing but our own style sheets.
const pagePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// docs are the description of the API, for programs and for people. It is read when first
// asked for: that takes longer than the rest of a start. A test holds the source to be good.
type docs struct {
	publicURL string

	once sync.Once
	doc  *openapi3.T
	json []byte
	err  error
}

func (d *docs) load() error {
	d.once.Do(func() {
		if d.doc, d.err = loadOpenAPI(); d.err != nil {
			return
		}
		if d.publicURL != "" {
			d.doc.Servers = openapi3.Servers{{URL: d.publicURL}}
		}
		d.json, d.err = json.Marshal(d.doc)
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
	if err := a.docs.load(); err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, a.docs.json)
}

// docsPage answers GET /docs.
func (a *api) docsPage(c echo.Context) error {
	if err := a.docs.load(); err != nil {
		return err
	}
	var page bytes.Buffer
	if err := web.RenderDocs(&page, a.docs.doc, a.docs.baseURL(c)); err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentSecurityPolicy, pagePolicy)
	c.Response().Header().Set(echo.HeaderReferrerPolicy, "no-referrer")
	return c.HTMLBlob(http.StatusOK, page.Bytes())
}

var plainHost = regexp.MustCompile(`^[0-9A-Za-z.\[\]:_-]+$`)

// baseURL is what the curl lines of the page begin with: the public address, or else the one
// that this reader used.
func (d *docs) baseURL(c echo.Context) string {
	if host := c.Request().Host; d.publicURL == "" && plainHost.MatchString(host) {
		return c.Scheme() + "://" + host
	}
	return d.publicURL
}
