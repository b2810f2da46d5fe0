package main

import (
	"fmt"
	"strings"

	"sessionhub/hub"
	"sessionhub/models"
)

// toolResponse is how commands print a tool.
type toolResponse struct {
	Name         string              `json:"name"`
	Title        string              `json:"title"`
	Source       string              `json:"source"`
	BaseURL      string              `json:"baseUrl"`
	Credentials  string              `json:"credentials"`
	AllowPrivate bool                `json:"allowPrivate"`
	ClientID     string              `json:"clientId"`
	Schemes      []schemeResponse    `json:"schemes"`
	Functions    []functionResponse  `json:"functions"`
	Skipped      []operationResponse `json:"skipped"`
	Findings     []operationResponse `json:"findings"`
	Breach       string              `json:"breach,omitempty"`
}

type schemeResponse struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
}

type functionResponse struct {
	Name        string   `json:"name"`
	Operation   string   `json:"operation"`
	Description string   `json:"description"`
	Parameters  jsonText `json:"parameters,omitempty"`
}

type operationResponse struct {
	Operation string `json:"operation"`
	Text      string `json:"text"`
}

// jsonText is JSON text that is printed as it is.
type jsonText string

func (r jsonText) MarshalJSON() ([]byte, error) { return []byte(r), nil }

func newToolResponse(t *models.Tool, findings []hub.Finding) toolResponse {
	r := toolResponse{
		Name: t.Name, Title: t.Title, Source: t.Source, BaseURL: t.BaseURL, Credentials: string(t.Credentials),
		AllowPrivate: t.AllowPrivate, ClientID: t.ClientID,
		Schemes: []schemeResponse{}, Functions: []functionResponse{}, Skipped: []operationResponse{}, Findings: []operationResponse{},
	}
	for _, s := range t.Schemes {
		r.Schemes = append(r.Schemes, schemeResponse{s.Name, string(s.Kind)})
	}
	for _, f := range t.Functions {
		r.Functions = append(r.Functions, functionResponse{f.Name, f.Operation, f.Description, jsonText(f.Parameters)})
	}
	for _, s := range t.Skipped {
		r.Skipped = append(r.Skipped, operationResponse{s.Operation, s.Reason})
	}
	for _, f := range findings {
		r.Findings = append(r.Findings, operationResponse{f.Operation, f.Text})
	}
	return r
}

// printTool prints a tool with a line for each function.
func (p *program) printTool(t *models.Tool, findings []hub.Finding, next string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s) at %s: %s, %s.\n\n", t.Name, t.Title, t.BaseURL, count(len(t.Functions), "function"), connectedHow(t))
	for _, f := range t.Functions {
		fmt.Fprintf(&b, "  %s\n", f.Name)
	}
	writeOperations(&b, "Left out", newToolResponse(t, nil).Skipped)
	writeOperations(&b, "To know", newToolResponse(t, findings).Findings)
	b.WriteString(next)
	return p.print(newToolResponse(t, findings), b.String())
}

// printCheck prints what a model sees of each function, and where the document breaks the rules.
func (p *program) printCheck(t *models.Tool, findings []hub.Finding, breach string) error {
	shown := newToolResponse(t, findings)
	shown.Breach = breach
	var b strings.Builder
	for _, f := range t.Functions {
		fmt.Fprintf(&b, "%s  (%s)\n  %s\n  %s\n", f.Name, f.Operation, strings.ReplaceAll(f.Description, "\n", "\n  "), f.Parameters)
		for _, finding := range findings {
			if finding.Operation == f.Operation {
				fmt.Fprintf(&b, "  note: %s\n", finding.Text)
			}
		}
	}
	writeOperations(&b, "Left out", shown.Skipped)
	if breach != "" {
		fmt.Fprintf(&b, "\nThis document breaks the OpenAPI specification, so other programs may not take it:\n  %s\n", strings.ReplaceAll(breach, "\n", "\n  "))
	}
	fmt.Fprintf(&b, "\n%s offered, %d left out; %s.\n", count(len(t.Functions), "function"), len(t.Skipped), connectedHow(t))
	return p.print(shown, b.String())
}

func writeOperations(b *strings.Builder, title string, operations []operationResponse) {
	if len(operations) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s:\n", title)
	for _, o := range operations {
		fmt.Fprintf(b, "  %s: %s\n", o.Operation, o.Text)
	}
}

func connectedHow(t *models.Tool) string {
	if len(t.Ways()) == 0 {
		return "no account needed"
	}
	kinds := make([]string, len(t.Schemes))
	for i, s := range t.Schemes {
		kinds[i] = fmt.Sprintf("%s (%s)", s.Name, s.Kind)
	}
	whose := "every user connects an account"
	if t.Credentials == models.OwnerTenant {
		whose = "the tenant connects an account"
	}
	return whose + " with " + strings.Join(kinds, ", ")
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
