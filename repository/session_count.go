package repository

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"sessionhub/models"
)

// selectAgents reads the agents in the order of the index that has all of it.
const selectAgents = `SELECT agent_id, COUNT(*) FROM sessions WHERE tenant_id = CAST(? AS BIGINT) AND deleted_at IS NULL
	GROUP BY agent_id ORDER BY agent_id`

const (
	// agentsAge is how long the agents of a tenant with many sessions are remembered: counting 100,000
	// takes some 20 ms, and whoever looks at a list turns its pages.
	agentsAge    = 10 * time.Second
	agentsKept   = 100    // tenants, each with some ten kilobytes
	manySessions = 10_000 // unless a test says otherwise
)

// countedAgents are the agents of a tenant, as Agents returns them.
type countedAgents struct {
	agents   []models.Agent
	total    int64
	sessions int64 // of all of them
}

type agentsOf struct{ tenantID, most int64 }

func newSessions(s *Store) *Sessions {
	counts := newCache[agentsOf, countedAgents](s.now)
	counts.age, counts.size = agentsAge, agentsKept
	counts.keep = func(c countedAgents) bool { return c.sessions >= s.manySessions }
	return &Sessions{store: s, counts: counts}
}

// Agents returns those that have most sessions, most first, ties by id, and how many have any. What it
// says of a tenant with 10,000 sessions or more may be 10 s old.
func (r *Sessions) Agents(ctx context.Context, who models.Actor, most int64) (agents []models.Agent, total int64, err error) {
	known, err := r.counts.get(agentsOf{who.TenantID, most}, func() (countedAgents, error) { return r.countAgents(ctx, who, most) })
	return slices.Clone(known.agents), known.total, err
}

func (r *Sessions) countAgents(ctx context.Context, who models.Actor, most int64) (counted countedAgents, err error) {
	err = r.store.listing(ctx, func(tx *gorm.DB) error {
		counted = countedAgents{}
		rows, err := query(tx, selectAgents, who.TenantID)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // rows.Err below tells what went wrong
		for ; rows.Next(); counted.total++ {
			var a models.Agent
			if err := rows.Scan(&a.ID, &a.Sessions); err != nil {
				return err
			}
			counted.sessions += a.Sessions
			counted.agents = offerAgent(counted.agents, a, most)
		}
		return rows.Err()
	})
	return counted, err
}

// offerAgent puts an agent in its place among the best, and drops who has none there.
func offerAgent(best []models.Agent, a models.Agent, most int64) []models.Agent {
	at, _ := slices.BinarySearchFunc(best, a, func(a, b models.Agent) int {
		return cmp.Or(cmp.Compare(b.Sessions, a.Sessions), strings.Compare(a.ID, b.ID))
	})
	if int64(at) >= most {
		return best
	}
	best = slices.Insert(best, at, a)
	return best[:min(int64(len(best)), most)]
}

// Tokens are added up in two halves, so that no sum is too large for an engine.
const (
	tokenHalf    = 32 // bits
	selectUsages = `SELECT (created_at - ?1) / 86400000 AS day, agent_id, COUNT(*),
		CAST(COALESCE(SUM(prompt_tokens >> 32), 0) AS BIGINT), CAST(COALESCE(SUM(prompt_tokens & 4294967295), 0) AS BIGINT),
		CAST(COALESCE(SUM(completion_tokens >> 32), 0) AS BIGINT), CAST(COALESCE(SUM(completion_tokens & 4294967295), 0) AS BIGINT)
		FROM sessions WHERE tenant_id = ?2 AND `
	usagesByIndex = "deleted_at IS NULL AND created_at >= ?3 AND created_at < ?4"
	usagesByRow   = "+deleted_at IS NULL AND +created_at >= ?3 AND +created_at < ?4" // the plus keeps an index from being used
	ofAgent       = " AND agent_id = ?5"
	groupedUsages = " GROUP BY day, agent_id ORDER BY day, agent_id"
)

// Usage adds up the sessions of each agent by the day on which they were created, in UTC; by day, then
// by agent.
func (r *Sessions) Usage(ctx context.Context, who models.Actor, f models.UsageFilter) (all []models.Usage, err error) {
	first := f.From.UTC().Truncate(24 * time.Hour) // which counts from the year 1, as days do
	err = r.store.listing(ctx, func(tx *gorm.DB) error {
		statement, args := selectUsages, []any{millis(first), who.TenantID, ceilMillis(f.From), ceilMillis(f.To)}
		most, err := mostOfTenant(tx, who, f)
		if err != nil {
			return err
		}
		if most {
			statement += usagesByRow
		} else {
			statement += usagesByIndex
		}
		if f.AgentID != "" {
			statement, args = statement+ofAgent, append(args, f.AgentID)
		}
		all, err = readUsages(tx, first, statement+groupedUsages, args...)
		return err
	})
	return all, err
}

// mostOfTenant says whether so much of a tenant is wanted that going through all its rows as they lie takes
// less time than finding those by an index: see scanTenant. It looks at indexes alone.
func mostOfTenant(tx *gorm.DB, who models.Actor, f models.UsageFilter) (bool, error) {
	if !of(tx).parts || f.AgentID != "" {
		return false, nil
	}
	var wanted, there int64
	err := queryRow(tx, "SELECT COUNT(*) FROM sessions WHERE tenant_id = ? AND deleted_at IS NULL AND created_at >= ? AND created_at < ?",
		who.TenantID, ceilMillis(f.From), ceilMillis(f.To)).Scan(&wanted)
	if err != nil {
		return false, err
	}
	err = queryRow(tx, "SELECT COUNT(*) FROM (SELECT 1 FROM sessions WHERE tenant_id = ? LIMIT ?) AS some",
		who.TenantID, fewOfTenant*wanted).Scan(&there)
	return there < fewOfTenant*wanted, err
}

func readUsages(tx *gorm.DB, first time.Time, statement string, args ...any) (all []models.Usage, err error) {
	rows, err := query(tx, statement, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err below tells what went wrong
	for rows.Next() {
		var u models.Usage
		var day, promptHigh, promptLow, completionHigh, completionLow int64
		if err := rows.Scan(&day, &u.AgentID, &u.Sessions, &promptHigh, &promptLow, &completionHigh, &completionLow); err != nil {
			return nil, err
		}
		u.Day = first.AddDate(0, 0, int(day))
		u.PromptTokens, u.CompletionTokens = wholeSum(promptHigh, promptLow), wholeSum(completionHigh, completionLow)
		all = append(all, u)
	}
	return all, rows.Err()
}

// wholeSum puts the sums of both halves together, up to what fits.
func wholeSum(high, low int64) int64 {
	high, low = high+low>>tokenHalf, low&(1<<tokenHalf-1)
	if high > math.MaxInt64>>tokenHalf {
		return math.MaxInt64
	}
	return high<<tokenHalf | low
}
