package hub

import (
	"context"
	"net/url"
	"strings"

	"sessionhub/models"
)

// Import is a document and what its tool is to be.
type Import struct {
	CompileOptions
	Document []byte // nil: it is fetched from Source, which is its address then

	// The tenant's registration at the tool's OAuth 2.0 provider. What is empty stays as it is
	// when a tool is replaced; the document may name a revocation endpoint too.
	ClientID      string
	ClientSecret  models.Secret
	RevocationURL string
}

// Import makes a tool of a document. Errors: models.InvalidError, and what [Client.Fetch] says.
func (c *Client) Import(ctx context.Context, in Import) (models.Tool, []Finding, error) {
	if in.RevocationURL != "" && !isAddress(in.RevocationURL) {
		return models.Tool{}, nil, models.Invalid("revocationUrl", "must be an address that begins with https:// or http://")
	}
	if in.Document == nil {
		if !isAddress(in.Source) {
			return models.Tool{}, nil, models.Invalid("url", "must be an address that begins with https:// or http://")
		}
		var err error
		if in.Document, err = c.Fetch(ctx, in.Source, MaxDocument, in.AllowPrivate); err != nil {
			return models.Tool{}, nil, models.Invalid("url", "the document could not be fetched: "+withoutAddress(err).Error())
		}
	}
	tool, findings, err := Compile(in.Document, in.CompileOptions)
	if err != nil {
		return tool, findings, err
	}
	tool.ClientID, tool.ClientSecret = strings.TrimSpace(in.ClientID), in.ClientSecret
	if in.RevocationURL != "" {
		tool.RevocationURL = in.RevocationURL
	}
	return tool, findings, nil
}

func isAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}
