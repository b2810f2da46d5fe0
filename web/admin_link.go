package web

import (
	"net/url"
	"strconv"
	"strings"
)

// adminLink returns the address of a page, with a query of the fields that have a value: name, value,
// name, value.
func adminLink(path string, fields ...string) string {
	var query []string
	for i := 0; i+1 < len(fields); i += 2 {
		if fields[i+1] != "" {
			query = append(query, url.QueryEscape(fields[i])+"="+url.QueryEscape(fields[i+1]))
		}
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + strings.Join(query, "&")
}

// sessionLink returns the address of the page of a session.
func sessionLink(base, id string, fields ...string) string {
	return adminLink(base+"/sessions/"+url.PathEscape(id), fields...)
}

// keyLink returns the address of the page of an API key.
func keyLink(base, hash string, fields ...string) string {
	return adminLink(base+"/keys/"+url.PathEscape(hash), fields...)
}

// wayToList returns back if it leads to a page under base, else the list of sessions: the field comes
// from the address, so anybody may have written it.
func wayToList(base, back string) string {
	if at := address(back); at != "" && strings.HasPrefix(at, base+"/") && !strings.Contains(at, "/..") {
		return at
	}
	return base + "/sessions"
}

// oneIf is how a yes is written in an address; a no is left out.
func oneIf(on bool) string {
	if on {
		return "1"
	}
	return ""
}

// fromTwo is how the number of a page is written in an address: the first is left out.
func fromTwo(page int64) string {
	if page < 2 {
		return ""
	}
	return strconv.FormatInt(page, 10)
}
