package web

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// curl writes a command that calls the operation, from the examples of its parameters and body.
func curl(op *openapi3.Operation, at place) string {
	lines := []string{"curl"}
	if at.method != "GET" {
		lines[0] += " -X " + at.method
	}
	lines[0] += " " + quote(at.baseURL+target(op, at.path))
	if op.Security == nil || len(*op.Security) > 0 {
		lines = append(lines, `-H "Authorization: Bearer $API_KEY"`)
	}
	if op.Security == nil || len(*op.Security) > 0 && (*op.Security)[0]["databaseIdHash"] != nil {
		lines = append(lines, `-H "database-id-hash: $DATABASE_ID_HASH"`)
	}
	for _, ref := range op.Parameters {
		if p := ref.Value; p.In == "header" && p.Required && p.Example != nil {
			lines = append(lines, "-H "+quote(fmt.Sprint(p.Name, ": ", p.Example)))
		}
	}
	if op.RequestBody != nil {
		if body := newDocsContent(op.RequestBody.Value.Content); body != nil && len(body.Examples) > 0 {
			lines = append(lines, "-H "+quote("Content-Type: "+body.MediaType), "-d "+quote(body.Examples[0].Text))
		}
	}
	return strings.Join(lines, " \\\n  ")
}

// target returns the path and query of a call, with the examples of the parameters that have one.
func target(op *openapi3.Operation, path string) string {
	var query []string
	for _, ref := range op.Parameters {
		p := ref.Value
		if p.Example == nil {
			continue
		}
		text := fmt.Sprint(p.Example)
		switch p.In {
		case "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(text))
		case "query":
			query = append(query, url.QueryEscape(p.Name)+"="+url.QueryEscape(text))
		}
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + strings.Join(query, "&")
}

// quote makes text one word for a shell.
func quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
