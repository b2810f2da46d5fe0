package hub

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"sessionhub/models"
)

// Bounds of what one operation may ask for; no real document comes near.
const (
	maxRequirements = 20
	maxRequired     = 10 // schemes of one requirement
	maxScopes       = 100
)

// securityScheme is a scheme of the document, and why it cannot be used, if so.
type securityScheme struct {
	models.Scheme
	problem    string
	revocation string
}

// compileScheme reads the scheme with this name, once.
func (c *compiler) compileScheme(name string) *securityScheme {
	if known, ok := c.schemes[name]; ok {
		return known
	}
	s := &securityScheme{Scheme: models.Scheme{Name: name}}
	c.schemes[name] = s
	declared := treeAt(treeAt(c.doc.root, "components"), "securitySchemes")
	if c.doc.swagger {
		declared = treeAt(c.doc.root, "securityDefinitions")
	}
	source, problem := c.doc.deref(declared[name])
	switch {
	case declared[name] == nil:
		s.problem = "is not declared"
	case problem != "":
		s.problem = problem
	case len(name) > maxNameLength:
		s.problem = "has a name that is too long"
	default:
		s.Description = proseAt(source, "description", maxSchemeText)
		s.revocation = textAt(source, "x-revocation-url")
		s.problem = c.readScheme(s, source)
	}
	return s
}

// readScheme returns why the scheme cannot be used, or "".
func (c *compiler) readScheme(s *securityScheme, source tree) string {
	kind := textAt(source, "type")
	switch kind {
	case "apiKey":
		return readAPIKey(s, source)
	case "basic":
		s.Kind = models.SchemeBasic
		return ""
	case "http":
		return readHTTPScheme(s, source)
	case "oauth2":
		flow, problem := c.chooseFlow(s, source)
		if problem != "" {
			return problem
		}
		return c.readFlow(s, flow)
	}
	return fmt.Sprintf("is of the type %s, which is not supported", quoted(kind))
}

func readAPIKey(s *securityScheme, source tree) string {
	s.Kind, s.In, s.Parameter = models.SchemeAPIKey, textAt(source, "in"), textAt(source, "name")
	switch {
	case !slices.Contains([]string{"header", "query", "cookie"}, s.In):
		return "is an apiKey that is neither in a header, nor the query, nor a cookie"
	case s.Parameter == "" || len(s.Parameter) > maxNameLength || s.In != "query" && !isUsableHeader(s.Parameter):
		return "is an apiKey without a usable name"
	}
	return ""
}

func readHTTPScheme(s *securityScheme, source tree) string {
	switch scheme := textAt(source, "scheme"); strings.ToLower(scheme) {
	case "basic":
		s.Kind = models.SchemeBasic
	case "bearer":
		s.Kind = models.SchemeBearer
	default:
		return fmt.Sprintf("is of the type http with the scheme %s, which is not supported", quoted(scheme))
	}
	return ""
}

// chooseFlow takes the one that fits whose credentials they are: a user signs in, a tenant is a
// machine.
func (c *compiler) chooseFlow(s *securityScheme, source tree) (tree, string) {
	flows := treeAt(source, "flows")
	if c.doc.swagger {
		flow := textAt(source, "flow")
		if renamed, ok := map[string]string{"accessCode": "authorizationCode", "application": "clientCredentials"}[flow]; ok {
			flow = renamed
		}
		flows = tree{flow: source}
	}
	order := []models.SchemeKind{models.SchemeAuthorizationCode, models.SchemeClientCredentials}
	if c.tool.Credentials == models.OwnerTenant {
		slices.Reverse(order)
	}
	for _, kind := range order {
		if flow := treeAt(flows, string(kind)); flow != nil {
			s.Kind = kind
			return flow, ""
		}
	}
	names := slices.Sorted(maps.Keys(flows))
	return nil, fmt.Sprintf("is of the type oauth2 with the flow %s, which is not supported", quoted(strings.Join(names, ", ")))
}

func (c *compiler) readFlow(s *securityScheme, flow tree) string {
	var ok bool
	if s.TokenURL, ok = c.absolute(textAt(flow, "tokenUrl")); !ok {
		return "is of the type oauth2, but its tokenUrl is no http or https address"
	}
	if s.Kind == models.SchemeAuthorizationCode {
		if s.AuthorizationURL, ok = c.absolute(textAt(flow, "authorizationUrl")); !ok {
			return "is of the type oauth2, but its authorizationUrl is no http or https address"
		}
	}
	for scope := range treeAt(flow, "scopes") {
		if isScope(scope) {
			s.Scopes = append(s.Scopes, scope)
		}
	}
	slices.Sort(s.Scopes)
	if own := textAt(flow, "x-revocation-url"); own != "" {
		s.revocation = own
	}
	return ""
}

// isScope passes over "none", which Slack's document asks for where it needs no scope.
func isScope(scope string) bool {
	return scope != "" && scope != "none" && len(scope) <= maxNameLength && !strings.ContainsAny(scope, " \"\\\n\r\t")
}

// absolute resolves an address of the document against the tool's.
func (c *compiler) absolute(address string) (string, bool) {
	base, err := url.Parse(c.tool.BaseURL + "/")
	if err != nil || address == "" || len(address) > maxAddress {
		return "", false
	}
	u, err := base.Parse(address)
	if err != nil || !isWebAddress(u) || u.Fragment != "" {
		return "", false
	}
	return u.String(), true
}
