package handlers

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"

	"sessionhub/hub"
	"sessionhub/models"
)

// toolStore is the part of repository.Tools that admins change.
type toolStore interface {
	// Add returns repository.ErrToolExists unless replace is set.
	Add(ctx context.Context, who models.Actor, t *models.Tool, replace bool) error
	List(ctx context.Context, who models.Actor) ([]models.Tool, error)
	Delete(ctx context.Context, who models.Actor, name string) error
}

// importer is hub.Client: it makes a tool of a document, which it may have to fetch.
type importer interface {
	Import(ctx context.Context, in hub.Import) (models.Tool, []hub.Finding, error)
}

type toolResponse struct {
	Name         string                 `json:"name"`
	Title        string                 `json:"title"`
	Description  string                 `json:"description"`
	Source       string                 `json:"source"`
	BaseURL      string                 `json:"baseUrl"`
	Credentials  models.CredentialOwner `json:"credentials"`
	AllowPrivate bool                   `json:"allowPrivate"`
	ClientID     string                 `json:"clientId"`
	CallbackURL  string                 `json:"callbackUrl,omitempty"` // to be registered at the OAuth 2.0 provider
	Schemes      []schemeResponse       `json:"schemes"`
	Functions    []functionResponse     `json:"functions"`
	Skipped      []operationResponse    `json:"skipped"`
	Findings     []operationResponse    `json:"findings,omitempty"`
	CreatedAt    string                 `json:"createdAt"`
	UpdatedAt    string                 `json:"updatedAt"`
}

type schemeResponse struct {
	Name string            `json:"name"`
	Kind models.SchemeKind `json:"kind"`
}

type functionResponse struct {
	Name        string `json:"name"`
	Operation   string `json:"operation"`
	Description string `json:"description"`
}

type operationResponse struct {
	Operation string `json:"operation"`
	Text      string `json:"text"`
}

func (a *api) newToolResponse(c echo.Context, t *models.Tool) toolResponse {
	r := toolResponse{
		Name: t.Name, Title: t.Title, Description: t.Description, Source: t.Source, BaseURL: t.BaseURL,
		Credentials: t.Credentials, AllowPrivate: t.AllowPrivate, ClientID: t.ClientID,
		Schemes: []schemeResponse{}, Functions: []functionResponse{}, Skipped: []operationResponse{},
		CreatedAt: t.CreatedAt.Format(timeLayout), UpdatedAt: t.UpdatedAt.Format(timeLayout),
	}
	for _, s := range t.Schemes {
		r.Schemes = append(r.Schemes, schemeResponse{s.Name, s.Kind})
		if s.Kind == models.SchemeAuthorizationCode {
			r.CallbackURL = hub.CallbackURL(a.baseURL(c), callerOf(c).Actor.DatabaseIDHash, t.Name)
		}
	}
	for _, f := range t.Functions {
		r.Functions = append(r.Functions, functionResponse{f.Name, f.Operation, f.Description})
	}
	for _, s := range t.Skipped {
		r.Skipped = append(r.Skipped, operationResponse{s.Operation, s.Reason})
	}
	return r
}

// listTools answers GET /api/hub/tools.
func (a *api) listTools(c echo.Context) error {
	tools, err := a.Tools.List(c.Request().Context(), callerOf(c).Actor)
	if err != nil {
		return err
	}
	answer := make([]toolResponse, len(tools))
	for i := range tools {
		answer[i] = a.newToolResponse(c, &tools[i])
	}
	return c.JSON(http.StatusOK, answer)
}

// addTool answers POST /api/hub/tools.
func (a *api) addTool(c echo.Context) error {
	body, err := a.readObject(c)
	if err != nil {
		return err
	}
	in := newImport(body)
	replace := body.flag("replace")
	if err := body.check(nil); err != nil {
		return err
	}
	if err := a.allowTime(c, a.Hub.Limit()); err != nil {
		return err
	}
	tool, findings, err := a.Importer.Import(c.Request().Context(), in)
	if err != nil {
		return err
	}
	if err := a.Tools.Add(c.Request().Context(), callerOf(c).Actor, &tool, replace); err != nil {
		return err
	}
	answer := a.newToolResponse(c, &tool)
	for _, f := range findings {
		answer.Findings = append(answer.Findings, operationResponse{f.Operation, f.Text})
	}
	return c.JSON(http.StatusOK, response{Message: messageSaved, Data: answer, Status: http.StatusOK})
}

func newImport(body *object) hub.Import {
	in := hub.Import{
		CompileOptions: hub.CompileOptions{
			Name: body.word("name"), Title: body.word("title"), Source: body.word("url"), BaseURL: body.word("baseUrl"),
			Credentials: models.CredentialOwner(body.word("credentials")), Only: body.words("only"),
		},
		Document: body.document("document"), ClientID: body.word("clientId"),
		ClientSecret: models.Secret(body.word("clientSecret")), RevocationURL: body.word("revocationUrl"),
	}
	if body.flag("allowPrivate") {
		// The key of one tenant must not open the network that the whole service is in.
		body.issues.Add("allowPrivate", "can only be set on the command line of the service: sessionhub tool add --allow-private")
	}
	if (in.Document == nil) == (in.Source == "") {
		body.issues.Add("document", "give either the document or its url")
	}
	return in
}

// deleteTool answers DELETE /api/hub/tools/{tool}.
func (a *api) deleteTool(c echo.Context) error {
	name, err := pathParam(c, "tool")
	if err != nil {
		return err
	}
	if err := a.Tools.Delete(c.Request().Context(), callerOf(c).Actor, name); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, response{Message: messageDeleted, Status: http.StatusOK})
}

// words reads an array of strings.
func (o *object) words(field string) []string {
	var words []string
	for _, element := range o.list(field) {
		var word string
		if err := json.Unmarshal(element, &word); err != nil {
			o.issues.Add(field, "must be an array of strings")
			return nil
		}
		words = append(words, word)
	}
	return words
}

// flag reads a boolean; null and absent are false.
func (o *object) flag(field string) bool {
	raw, ok := o.fields[field]
	if !ok {
		return false
	}
	var value *bool
	if err := json.Unmarshal(raw, &value); err != nil {
		o.issues.Add(field, "must be true or false")
	}
	return value != nil && *value
}

// document reads a document that is given as JSON itself, or as a string of JSON or YAML; nil
// where there is none.
func (o *object) document(field string) []byte {
	raw, ok := o.fields[field]
	if !ok || string(raw) == "null" {
		return nil
	}
	if raw[0] != '"' {
		return raw
	}
	return []byte(o.word(field))
}
