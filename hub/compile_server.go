package hub

import (
	"fmt"
	"net/url"
	"strings"

	"sessionhub/models"
)

// maxServers are looked at for one that can be used.
const maxServers = 20

// chooseBase finds the address that all paths begin with.
func (c *compiler) chooseBase(operations []*operation, issues *models.Issues) {
	if c.options.BaseURL != "" {
		base, problem := baseURL(c.options.BaseURL)
		if problem != "" {
			issues.Add("baseUrl", problem)
		}
		c.tool.BaseURL = base
		return
	}
	base, problem := c.firstServer(c.rootServers())
	for i := 0; base == "" && i < len(operations); i++ {
		base, _ = c.firstServer(operations[i].servers())
	}
	if base == "" {
		issues.Add("document", problem+"; give the base URL")
	}
	c.tool.BaseURL = base
}

// rootServers lists the servers of the whole document, as OpenAPI 3 puts them.
func (c *compiler) rootServers() []any {
	root := c.doc.root
	if !c.doc.swagger {
		servers := listAt(root, "servers")
		if len(servers) == 0 && c.besideSource(&url.URL{}) != nil {
			servers = []any{tree{"url": "/"}} // what the specification takes for granted
		}
		return servers
	}
	path := "/" + strings.TrimLeft(textAt(root, "basePath"), "/")
	host := textAt(root, "host")
	if host == "" && c.besideSource(&url.URL{}) == nil {
		return nil
	}
	if host == "" {
		return []any{tree{"url": path}}
	}
	scheme := "https"
	if schemes := textsAt(root, "schemes"); len(schemes) == 1 && schemes[0] == "http" {
		scheme = "http"
	}
	return []any{tree{"url": scheme + "://" + host + path}}
}

// firstServer returns the first address that can be used, or what is wrong with the last one.
func (c *compiler) firstServer(servers []any) (base, problem string) {
	problem = "names no server"
	for _, item := range servers[:min(len(servers), maxServers)] {
		server, _ := item.(tree)
		address := textAt(server, "url")
		if len(address) <= maxAddress {
			address = withVariables(address, treeAt(server, "variables"))
		}
		if missing := templatePart.FindString(address); missing != "" {
			problem = fmt.Sprintf("names a server with the variable %s, which has no value", quoted(missing))
			continue
		}
		u, err := url.Parse(address)
		if err != nil || address == "" || len(address) > maxAddress {
			problem = "names a server that is no address"
			continue
		}
		if !u.IsAbs() {
			if u = c.besideSource(u); u == nil {
				problem = "names its server only relative to its own address, which is not known"
				continue
			}
		}
		if base, problem = baseURL(u.String()); problem == "" {
			return base, ""
		}
		problem = "names a server that " + problem
	}
	return "", problem
}

// besideSource resolves a relative server.
func (c *compiler) besideSource(relative *url.URL) *url.URL {
	for _, known := range []string{c.options.Source, c.tool.BaseURL} {
		if source, err := url.Parse(known); err == nil && isWebAddress(source) {
			source.User = nil
			return source.ResolveReference(relative)
		}
	}
	return nil
}

// withVariables puts in the default of each variable.
func withVariables(address string, variables tree) string {
	return templatePart.ReplaceAllStringFunc(address, func(part string) string {
		variable := treeAt(variables, part[1:len(part)-1])
		value := textAt(variable, "default")
		if values := listAt(variable, "enum"); value == "" && len(values) > 0 {
			value = asText(values[0])
		}
		if _, declared := variable["default"]; value == "" && !declared {
			return part
		}
		return value
	})
}

// baseURL brings an address into the form of [models.Tool.BaseURL], or says what is wrong with it.
func baseURL(address string) (base, problem string) {
	u, err := url.Parse(address)
	switch {
	case err != nil || !isWebAddress(u):
		return "", "must be an http or https address"
	case u.User != nil:
		return "", "must not hold a user name or password"
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", "must not have a query or fragment"
	case strings.ContainsAny(address, "{}") || len(address) > maxAddress:
		return "", "must be an address without variables, of at most 2048 characters"
	}
	return strings.TrimRight(u.String(), "/"), ""
}

func isWebAddress(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.Opaque == ""
}

// ownServer is the address of an operation that does not go to the tool's.
func (c *compiler) ownServer(op *operation) (base, problem string) {
	servers := op.servers()
	if len(servers) == 0 || c.options.BaseURL != "" {
		return "", ""
	}
	base, problem = c.firstServer(servers)
	if base == c.tool.BaseURL {
		base = ""
	}
	if base != "" && serverHost(base) != serverHost(c.tool.BaseURL) {
		c.note(op, "goes to another host than the rest, with the same credentials: "+serverHost(base))
	}
	return base, problem
}

func serverHost(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}
