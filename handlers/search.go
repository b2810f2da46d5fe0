package handlers

import (
	"math"
	"strconv"

	"github.com/labstack/echo/v4"

	"sessionhub/models"
	"sessionhub/repository"
)

// searchSessions answers GET /api/agent/{agentId}/session.
func (a *api) searchSessions(c echo.Context) error {
	agentID, err := pathParam(c, "agentId")
	if err != nil {
		return err
	}
	q, err := newQuery(c)
	if err != nil {
		return err
	}
	search := newSearch(agentID, q)
	if err := q.check(search.Validate()); err != nil {
		return err
	}
	out, err := a.newStream(c)
	if err != nil {
		return err
	}
	page := pageTail{search: &search}
	out.out = append(out.out, `{"rows":[`...)
	err = a.Sessions.Search(c.Request().Context(), callerOf(c).Actor, search, page.reader(out, q.has("cursor")))
	out.out = page.append(append(out.out, ']'))
	return out.end(err)
}

func newSearch(agentID string, q *query) models.SessionSearch {
	search := models.SessionSearch{
		AgentID: agentID, Query: q.text("query"), OrderBy: q.text("orderBy"),
		Limit:     q.count("limit", 1, models.MaxPageLimit, models.DefaultPageLimit),
		Offset:    q.count("offset", 0, math.MaxInt64, 0),
		Cursor:    q.text("cursor"),
		Finalized: q.flag("finalized"), CreatedFrom: q.time("createdFrom"), CreatedTo: q.time("createdTo"),
	}
	if search.OrderBy == "" {
		search.OrderBy = models.OrderByUpdatedAt
	}
	return search
}

// pageTail is what a page says of itself behind its rows.
type pageTail struct {
	search  *models.SessionSearch
	total   int64
	walking bool   // cursors are asked for
	next    string // empty on the last page
}

// reader writes the rows. Who pages by offset is not told of cursors, so that these answers stay
// those of Open Agents Builder.
func (p *pageTail) reader(out *stream, walking bool) repository.SessionReader {
	to := repository.SessionReader{
		Total:   func(n int64) error { p.total = n; return nil },
		Session: out.element(),
	}
	if p.walking = walking; walking {
		to.Next = func(cursor string) error { p.next = cursor; return nil }
	}
	return to
}

func (p *pageTail) append(dst []byte) []byte {
	dst = strconv.AppendInt(append(dst, `,"total":`...), p.total, 10)
	dst = strconv.AppendInt(append(dst, `,"limit":`...), p.search.Limit, 10)
	dst = strconv.AppendInt(append(dst, `,"offset":`...), p.search.Offset, 10)
	dst = appendString(append(dst, `,"orderBy":`...), p.search.OrderBy)
	dst = appendString(append(dst, `,"query":`...), p.search.Query)
	switch {
	case p.next != "":
		dst = appendString(append(dst, `,"nextCursor":`...), p.next)
	case p.walking:
		dst = append(dst, `,"nextCursor":null`...)
	}
	return append(dst, "}\n"...)
}
