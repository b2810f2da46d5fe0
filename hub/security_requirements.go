package hub

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sessionhub/models"
)

// requirements lists the alternatives of an operation that can be fulfilled. When there are
// some, and none can, it says why.
func (c *compiler) requirements(op *operation) (alternatives []models.Requirement, problem string) {
	declared, own := op.source["security"].([]any)
	if !own {
		declared = listAt(c.doc.root, "security")
	}
	if len(declared) > maxRequirements {
		return nil, "has too many alternatives of security schemes"
	}
	for _, item := range declared {
		names, _ := item.(tree)
		r, why := c.requirement(names)
		if why != "" {
			problem = why
			continue
		}
		if !slices.ContainsFunc(alternatives, func(known models.Requirement) bool { return slices.Equal(known, r) }) {
			alternatives = append(alternatives, r)
		}
	}
	if len(alternatives) > 0 {
		return alternatives, ""
	}
	return nil, problem
}

// requirement says why it cannot be fulfilled, if so.
func (c *compiler) requirement(names tree) (models.Requirement, string) {
	if len(names) > maxRequired {
		return nil, "needs too many security schemes at once"
	}
	r := models.Requirement(slices.AppendSeq([]string{}, maps.Keys(names)))
	slices.Sort(r)
	places := map[string]string{}
	for _, name := range r {
		s := c.compileScheme(name)
		if s.problem != "" {
			return nil, fmt.Sprintf("needs the security scheme %s, which %s", quoted(name), s.problem)
		}
		place := credentialPlace(s.Scheme)
		if other, taken := places[place]; taken {
			return nil, fmt.Sprintf("needs the security schemes %s and %s at once, but both go into the %s", quoted(other), quoted(name), place)
		}
		places[place] = name
	}
	return r, ""
}

// credentialPlace is where a scheme puts its credential on a request; there is room for one.
func credentialPlace(s models.Scheme) string {
	switch {
	case s.Kind != models.SchemeAPIKey:
		return "header authorization"
	case s.In == "header":
		return "header " + strings.ToLower(s.Parameter)
	}
	return s.In + " " + s.Parameter
}

// usedSchemes are those that the functions ask for, by name, with the scopes that they need.
func (c *compiler) usedSchemes() []models.Scheme {
	var used []models.Scheme
	for _, name := range slices.Sorted(maps.Keys(c.scopes)) {
		s := c.schemes[name].Scheme
		if needed := slices.Sorted(maps.Keys(c.scopes[name])); s.IsOAuth() && len(needed) > 0 {
			s.Scopes = needed
		}
		used = append(used, s)
	}
	return used
}

// noteScopes remembers what an offered operation asks for.
func (c *compiler) noteScopes(op *operation, offered []models.Requirement) {
	for _, r := range offered {
		for _, name := range r {
			if c.scopes[name] == nil {
				c.scopes[name] = map[string]bool{}
			}
		}
	}
	declared, own := op.source["security"].([]any)
	if !own {
		declared = listAt(c.doc.root, "security")
	}
	for _, item := range declared {
		names, _ := item.(tree)
		if !isOffered(names, offered) {
			continue
		}
		for name := range names {
			scopes := textsAt(names, name)
			for _, scope := range scopes[:min(len(scopes), maxScopes)] {
				if known := c.scopes[name]; known != nil && isScope(scope) {
					known[scope] = true
				}
			}
		}
	}
}

func isOffered(names tree, offered []models.Requirement) bool {
	sorted := slices.Sorted(maps.Keys(names))
	return slices.ContainsFunc(offered, func(r models.Requirement) bool { return slices.Equal(r, sorted) })
}

// revocationURL is that of the first scheme in use that has one.
func (c *compiler) revocationURL() string {
	for _, name := range slices.Sorted(maps.Keys(c.scopes)) {
		if address, ok := c.absolute(c.schemes[name].revocation); ok {
			return address
		}
	}
	return ""
}

// setBySecurity says whether a parameter is what a scheme of the operation puts there itself.
func (c *compiler) setBySecurity(alternatives []models.Requirement, in, name string) bool {
	if in == "header" {
		name = strings.ToLower(name)
	}
	for _, r := range alternatives {
		for _, scheme := range r {
			if credentialPlace(c.schemes[scheme].Scheme) == in+" "+name {
				return true
			}
		}
	}
	return false
}

// sendsToken says whether a scheme of the operation sends a token as the header Authorization.
func (c *compiler) sendsToken(alternatives []models.Requirement) bool {
	for _, r := range alternatives {
		for _, scheme := range r {
			if s := c.schemes[scheme]; s.IsOAuth() || s.Kind == models.SchemeBearer {
				return true
			}
		}
	}
	return false
}
