package models_test

import (
	"testing"
	"time"

	"sessionhub/models"
)

func TestSearchKeepsItsLimits(t *testing.T) {
	type model = models.SessionSearch
	const order = "must be one of userName, userEmail, createdAt, updatedAt"
	good := func() model {
		return model{AgentID: "a-1", OrderBy: models.OrderByUpdatedAt, Limit: models.DefaultPageLimit}
	}
	checkRules(t, good, identifierRules("agentId", func(s *model) *string { return &s.AgentID }))
	checkRules(t, good, maxRules("query", models.MaxName, "is longer than 1000 characters",
		func(s *model, text string) { s.Query = text }))
	checkRules(t, good, texts("orderBy", func(s *model, text string) { s.OrderBy = text }, map[string]string{
		"userName": "", "userEmail": "", "createdAt": "", "updatedAt": "",
		"": order, "id": order, "username": order, "updatedAt desc": order, "updatedAt ": order, "userName,id": order,
	}))
	checkRules(t, good, maxRules("cursor", 20_000, "is longer than 20000 characters",
		func(s *model, text string) { s.Cursor = text }))
	checkRules(t, good, []rule[model]{
		{"the least", func(s *model) { s.Limit = 1 }, ""},
		{"the most", func(s *model) { s.Limit = models.MaxPageLimit }, ""},
		{"none", func(s *model) { s.Limit = 0 }, "limit: must be 1 or more"},
		{"all", func(s *model) { s.Limit = -1 }, "limit: must be 1 or more"},
		{"one too many", func(s *model) { s.Limit = 1001 }, "limit: must be 1000 or less"},
		{"a far page", func(s *model) { s.Offset = 1<<63 - 1 }, ""},
		{"before the first page", func(s *model) { s.Offset = -1 }, "offset: must be 0 or more"},
		{"a cursor", func(s *model) { s.Cursor = "v1.k1.x" }, ""},
		{"a cursor and the first page", func(s *model) { s.Cursor, s.Offset = "v1.k1.x", 0 }, ""},
		{"a cursor and an offset", func(s *model) { s.Cursor, s.Offset = "v1.k1.x", 1 }, "cursor: stands instead of offset: give one of them"},
		{"from the end", func(s *model) { s.Reverse, s.Offset = true, 10 }, ""},
		{"from the end by a cursor", func(s *model) { s.Reverse, s.Cursor = true, "v1.k1.x" }, "cursor: goes forward only: give offset instead"},
		{"filters", func(s *model) { s.Finalized, s.CreatedFrom, s.CreatedTo = new(true), new(time.Now()), new(time.Time{}) }, ""},
		{
			"everything at once, a cursor too", func(s *model) { *s = model{AgentID: "a", OrderBy: "x", Limit: 1, Offset: -1, Cursor: "x"} },
			"orderBy: " + order + ", offset: must be 0 or more, cursor: stands instead of offset: give one of them",
		},
		{
			"everything at once", func(s *model) { *s = model{Offset: -1} },
			"agentId: is required, orderBy: " + order + ", limit: must be 1 or more, offset: must be 0 or more",
		},
	})
}
