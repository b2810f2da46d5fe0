package web

import "strings"

// adminLoginPage is an AdminLoginView with what follows from it.
type adminLoginPage struct {
	AdminLoginView
	adminShell
}

// newAdminLoginPage returns the page that asks for an API key.
func newAdminLoginPage(v AdminLoginView) adminLoginPage {
	return adminLoginPage{AdminLoginView: v, adminShell: newAdminShell(AdminFrame{}, "Sign in", "")}
}

// adminNoticePage is an AdminNoticeView with what follows from it.
type adminNoticePage struct {
	AdminNoticeView
	adminShell
	Refused bool
}

// newAdminNoticePage returns a page of words. Its link leads to a page of the panel, or nowhere.
func newAdminNoticePage(v AdminNoticeView) adminNoticePage {
	if v.Link != v.Base {
		if v.Link = address(v.Link); !strings.HasPrefix(v.Link, v.Base+"/") {
			v.Link = ""
		}
	}
	return adminNoticePage{AdminNoticeView: v, adminShell: newAdminShell(v.AdminFrame, v.Title, ""), Refused: v.Status >= 400}
}
