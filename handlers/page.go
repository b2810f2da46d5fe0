package handlers

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"sessionhub/hub"
	"sessionhub/models"
	"sessionhub/web"
)

const (
	browserCookie = "sessionhub_browser"
	contextPages  = "pages"
	contextApp    = "app"

	// formPolicy is pagePolicy for pages with forms, which go to this service alone.
	formPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

var (
	errNoSignIn  = errors.New("no such sign-in")
	errNoAccount = errors.New("the page has no such tool")
)

// pages is a part of the service that is answered with pages, errors included.
type pages struct {
	policy  string // of what they load
	answers []pageAnswer
	others  []errorAnswer // for errors that are not among answers
	// refuse writes the page that answers an error, when newAnswer has looked it up.
	refuse func(a *api, c echo.Context, view web.NoticeView) error
}

// connectPages are those behind configuration links.
var connectPages = &pages{policy: formPolicy, answers: connectAnswers, others: hubAnswers, refuse: (*api).notice}

// asPage says that this request is answered with one of these pages. Their addresses are
// secrets, which no other site is told and no cache keeps.
func asPage(c echo.Context, p *pages) {
	c.Set(contextPages, p)
	h := c.Response().Header()
	h.Set(echo.HeaderContentSecurityPolicy, p.policy)
	h.Set(echo.HeaderReferrerPolicy, "same-origin") // none would make a browser hide where its forms come from, from us too
	h.Set(echo.HeaderXFrameOptions, "DENY")
	h.Set(echo.HeaderCacheControl, "no-store")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("X-Robots-Tag", "noindex")
}

// pagesOf returns the pages that answer the request; nil where that is JSON.
func pagesOf(c echo.Context) *pages {
	p, _ := c.Get(contextPages).(*pages)
	return p
}

// newProtection tells forms of this service from those that another site sends. A proxy may have
// changed the Host that they are compared with, but not the address that people use.
func (a *api) newProtection() *http.CrossOriginProtection {
	protection := http.NewCrossOriginProtection()
	if origin, err := models.ParseOrigin(strings.TrimSuffix(a.PublicURL, a.basePath())); err == nil {
		if err := protection.AddTrustedOrigin(origin); err != nil {
			panic(err) // ParseOrigin returns origins only
		}
	}
	return protection
}

// sameOrigin refuses a request that changes something, and that another site sends.
func (a *api) sameOrigin(c echo.Context) error {
	if err := a.protection.Check(c.Request()); err != nil {
		return errOtherSite
	}
	return nil
}

// browserOf returns what this browser is known by, or a new name for it.
func browserOf(c echo.Context) (models.Secret, bool) {
	cookie, err := c.Cookie(browserCookie)
	if err == nil && len(cookie.Value) == len(rand.Text()) {
		return models.Secret(cookie.Value), true
	}
	return models.Secret(rand.Text()), false
}

// setBrowser makes the browser known for as long as it is open.
func (a *api) setBrowser(c echo.Context, browser models.Secret) {
	c.SetCookie(&http.Cookie{ //nolint:gosec // Secure wherever people come by https; they may come by http to their own machine
		Name: browserCookie, Value: browser.Reveal(), Path: a.basePath() + "/api/hub/", HttpOnly: true,
		SameSite: http.SameSiteLaxMode, Secure: strings.HasPrefix(a.baseURL(c), "https://"),
	})
}

// basePath is what the public address has before our own paths; usually nothing.
func (a *api) basePath() string {
	u, err := url.Parse(a.PublicURL)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(u.Path, "/")
}

// baseURL is the address of the service as this reader knows it.
func (a *api) baseURL(c echo.Context) string { return strings.TrimSuffix(a.docs.baseURL(c), "/") }

const newLinkText = "Ask your agent for a new link: it can make one at any time, and your accounts stay as they are."

// pageAnswer turns an error into a page of words.
type pageAnswer struct {
	err    error
	status int
	title  string
	text   string
}

// connectAnswers are the words of connectPages.
var connectAnswers = []pageAnswer{
	{models.ErrLinkExpired, http.StatusGone, "This link has expired", "Links to this page work for fifteen minutes. " + newLinkText},
	{models.ErrLinkTaken, http.StatusForbidden, "This link was opened in another browser", "For your safety a link works only in the browser that opened it first. " + newLinkText},
	{errNoSignIn, http.StatusBadRequest, "This sign-in is over", "It took too long, or it was finished before. Go back to the page with your accounts and begin again. " + newLinkText},
	{errOtherSite, http.StatusForbidden, "This form came from another site", "Open the link to your accounts yourself and try again."},
	{hub.ErrNoRegistration, http.StatusConflict, "This sign-in is not set up yet", "Whoever runs this service has to register it at the provider first. Tell them, or connect another way."},
	{errNoAccount, http.StatusNotFound, "This tool is not here any more", "Whoever runs this service may have removed or changed it. Go back to the page with your accounts."},
	{models.ErrNotFound, http.StatusNotFound, "This link does not work", "It may be incomplete: copy all of it. " + newLinkText},
}

var errOtherSite = errors.New("the form came from another site")

// newAnswer looks the error up.
func (p *pages) newAnswer(err error) errorResponse {
	if known := p.find(err); known != nil {
		return errorResponse{Message: known.text, Status: known.status}
	}
	return lookUp(err, p.others)
}

// newNotice returns the page that answers the error.
func (p *pages) newNotice(err error, answer errorResponse) web.NoticeView {
	view := web.NoticeView{Status: answer.Status, Title: "That did not work", Text: []string{answer.Message}}
	if known := p.find(err); known != nil {
		view.Title = known.title
	}
	return view
}

func (p *pages) find(err error) *pageAnswer {
	for i := range p.answers {
		if errors.Is(err, p.answers[i].err) {
			return &p.answers[i]
		}
	}
	return nil
}
