package web

import (
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
)

// The release of htmx in static/htmx.min.js, and its checksum: a test holds the file to both. htmx is
// free under the Zero-Clause BSD licence, which static/htmx.LICENSE.txt has.
const (
	htmxVersion   = "4.0.1"
	htmxIntegrity = "sha384-Qp9rdC8H7EqOoX+nR0P3RPG2Noji+qdwJlGpfzwQJsfOpp3sGwIdSP9xO3+UlEhn"
)

// htmxConfig is how htmx is set up. A page that was left is asked for again, so that none is kept in the
// browser. The style that htmx brings along is not used. Only the extension in static/admin.js may
// register; it takes from htmx what evaluates texts.
const htmxConfig = `{"history":"reload","includeIndicatorCSS":false,"extensions":"admin","prefix":""}`

// adminAsset is a static file of the panel.
type adminAsset struct {
	Path      string // below static, with what changes when the file does
	Integrity string
}

var (
	adminStyles = []adminAsset{
		newAdminAsset("admin.css"), newAdminAsset("admin_list.css"), newAdminAsset("admin_page.css"),
		newAdminAsset("admin_message.css"), newAdminAsset("admin_chart.css"),
	}
	adminScripts = []adminAsset{
		{Path: "htmx.min.js?v=" + htmxVersion, Integrity: htmxIntegrity}, newAdminAsset("admin.js"),
	}
)

// newAdminAsset returns the file of this name. Browsers may keep it for ever: another content has another
// address.
func newAdminAsset(name string) adminAsset {
	content, err := staticFiles.ReadFile("static/" + name)
	if err != nil {
		panic(err) // a file that is named above is not part of the program
	}
	sum := sha512.Sum384(content)
	return adminAsset{
		Path:      name + "?v=" + hex.EncodeToString(sum[:6]),
		Integrity: "sha384-" + base64.StdEncoding.EncodeToString(sum[:]),
	}
}
