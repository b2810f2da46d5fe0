package web

import (
	"io"
	"time"
)

// AdminUsageView is what admin_usage.html shows: how many sessions began on each day, and the tokens
// that they took. It is asked for with the fields days and agent.
type AdminUsageView struct {
	AdminFrame
	Agents []AdminAgent // for the choice; most sessions first
	Agent  string       // empty: all
	Days   int          // 7, 30 or 90, the last of which is today
	ByDay  []AdminUsageDay
	Top    []AdminUsageAgent // agents by sessions, at most ten; of one agent, only that
	Others AdminUsageAgent   // all agents besides; nothing in it where there are none
}

// AdminUsageDay is the sessions that began on a day in UTC. Every day of the range is there.
type AdminUsageDay struct {
	Day time.Time
	AdminUsage
}

// AdminUsageAgent is the sessions of an agent that began in the range.
type AdminUsageAgent struct {
	Agent string
	AdminUsage
	ByDay []int64 // sessions, for each day of the range
}

// AdminUsage is a number of sessions, and the tokens that are counted in them by now.
type AdminUsage struct {
	Sessions, PromptTokens, CompletionTokens int64
}

// RenderAdminUsage writes the page of the usage.
func RenderAdminUsage(w io.Writer, v AdminUsageView) error {
	return render(w, "admin_usage.html", newAdminUsagePage(v))
}
