package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"

	"sessionhub/config"
	"sessionhub/models"
	"sessionhub/repository"
)

// welcome makes the first tenant of an empty database and prints how to use it; on every
// later start it prints the address, and no secret.
func (p *program) welcome(ctx context.Context, cfg config.Config, store *repository.Store, log *slog.Logger, at net.Addr) error {
	base := baseURL(cfg, at)
	tenant, apiKey, err := store.Tenants.CreateFirst(ctx, actor(models.Tenant{}), repository.NewTenant{})
	if err == nil {
		_, err = fmt.Fprint(p.stdout, firstStart(p.name, base, cfg, tenant, apiKey))
		return err
	}
	if !errors.Is(err, repository.ErrNotEmpty) {
		return err
	}
	tenants, err := store.Tenants.List(ctx)
	if err != nil {
		return err
	}
	for _, t := range tenants {
		if !t.Encrypted {
			log.Warn("this tenant has no storage key: its names, e-mail addresses and messages are stored in clear",
				slog.String("database-id-hash", t.DatabaseIDHash), slog.String("name", t.Name))
		}
	}
	_, err = fmt.Fprint(p.stdout, laterStart(base, tenants))
	return err
}

// baseURL is where people reach the service.
func baseURL(cfg config.Config, at net.Addr) string {
	if cfg.PublicURL != "" {
		return cfg.PublicURL
	}
	host, port, err := net.SplitHostPort(at.String())
	if err != nil {
		return "http://" + at.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

const firstStartText = `
sessionhub serves at {url}; {url}/docs describes the API.

A first tenant was made, and an owner key for it. The key is shown this once:

  database-id-hash  {hash}
  API key           {key}

See, search and delete sessions in a browser, signed in with that key:

{url}/admin

Create a session:

curl -X POST {url}/api/exec/session/session-001 -H "Authorization: Bearer {key}" -H "database-id-hash: {hash}" -H "Content-Type: application/json" -d '{"agentId":"agent-123","userName":"Alice","userEmail":"alice@example.com","acceptTerms":"true"}'

List the sessions of an agent:

curl "{url}/api/session?agentId=agent-123" -H "Authorization: Bearer {key}" -H "database-id-hash: {hash}"

Delete the session, which the audit log records:

curl -X DELETE {url}/api/session/session-001 -H "Authorization: Bearer {key}" -H "database-id-hash: {hash}"

Give your agents tools, with an example to try:

{program} tool example --tenant {hash}

The data are in {database}; keep a copy of the master key apart from them{master}.

`

func firstStart(name, base string, cfg config.Config, t models.Tenant, apiKey models.Secret) string {
	master := ": " + cfg.MasterKeyPath()
	if cfg.MasterKey != "" {
		master = ", which you gave in SESSIONHUB_MASTER_KEY"
	}
	return strings.NewReplacer("{program}", name, "{url}", base, "{hash}", t.DatabaseIDHash, "{key}", apiKey.Reveal(),
		"{database}", cfg.DatabaseName(), "{master}", master).Replace(firstStartText)
}

const maxTenantsShown = 5

func laterStart(base string, tenants []models.Tenant) string {
	var b strings.Builder
	fmt.Fprintf(&b, "sessionhub serves at %s; %s/docs describes the API, %s/admin is the admin panel.\n", base, base, base)
	for i, t := range tenants {
		if i == maxTenantsShown {
			fmt.Fprintf(&b, "  and %d more: sessionhub tenant list\n", len(tenants)-i)
			break
		}
		fmt.Fprintf(&b, "  database-id-hash %s (%s)\n", t.DatabaseIDHash, t.Name)
	}
	if len(tenants) == 0 {
		b.WriteString("There is no tenant: sessionhub tenant create makes one\n")
	} else {
		b.WriteString("Another API key: sessionhub key create --tenant <database-id-hash> --role owner\n")
	}
	return b.String()
}
