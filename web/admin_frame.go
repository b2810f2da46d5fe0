package web

// adminShell is what a page of the panel has besides its view: what it is called, and the way to the
// others.
type adminShell struct {
	Heading string
	Nav     []adminNavLink // empty where nobody is signed in
	Styles  []adminAsset
	Scripts []adminAsset
	Htmx    string // how htmx is set up
}

// adminNavLink leads to a page of the panel.
type adminNavLink struct {
	Text, Link string
	Here       bool // it is the page that is shown, or the list that the page is part of
}

// newAdminShell returns the shell of the page that is called heading. here is the link of the navigation
// that it belongs to, such as Sessions.
func newAdminShell(frame AdminFrame, heading, here string) adminShell {
	shell := adminShell{Heading: heading, Styles: adminStyles, Scripts: adminScripts, Htmx: htmxConfig}
	if frame.Tenant == "" {
		return shell
	}
	for _, page := range []struct{ text, path string }{
		{"Sessions", "/sessions"}, {"Usage", "/usage"}, {"Audit", "/audit"}, {"Keys", "/keys"},
	} {
		if page.text == "Keys" && !frame.SeesKeys {
			continue
		}
		shell.Nav = append(shell.Nav, adminNavLink{Text: page.text, Link: frame.Base + page.path, Here: page.text == here})
	}
	return shell
}
