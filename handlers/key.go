package handlers

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"

	"sessionhub/models"
)

// keyStore is the part of repository.Keys that the handlers use. Revoke returns ErrNotFound
// and ErrLastOwner of repository.
type keyStore interface {
	keyFinder
	Create(ctx context.Context, who models.Actor, key *models.Key) (models.Secret, error)
	List(ctx context.Context, who models.Actor) ([]models.Key, error)
	Revoke(ctx context.Context, who models.Actor, locatorHash string, keepOwner bool) error
}

// keyResponse is a KeyDTO. It never holds the secret or its hash.
type keyResponse struct {
	KeyLocatorHash string   `json:"keyLocatorHash"`
	DisplayName    string   `json:"displayName"`
	DatabaseIDHash string   `json:"databaseIdHash"`
	Role           string   `json:"role"`
	ACL            string   `json:"acl"` // JSON text
	ExpiryDate     *string  `json:"expiryDate"`
	UpdatedAt      string   `json:"updatedAt"`
	LastUsedAt     *string  `json:"lastUsedAt"`
	AllowedOrigins []string `json:"allowedOrigins"`
	AgentID        *string  `json:"agentId"`
}

// newKeyAnswer is the one answer that shows a key's secret.
type newKeyAnswer struct {
	keyResponse
	APIKey string `json:"apiKey"`
}

type acl struct {
	Role     models.Role    `json:"role"`
	Features []models.Scope `json:"features"`
}

func newKeyResponse(k *models.Key) (keyResponse, error) {
	access, err := json.Marshal(acl{Role: k.Role, Features: k.Role.Scopes()})
	return keyResponse{
		KeyLocatorHash: k.LocatorHash, DisplayName: k.DisplayName, DatabaseIDHash: k.DatabaseIDHash,
		Role: string(k.Role), ACL: string(access), ExpiryDate: formatOptionalTime(k.ExpiresAt),
		UpdatedAt: formatTime(k.UpdatedAt), LastUsedAt: formatOptionalTime(k.LastUsedAt),
		AllowedOrigins: append([]string{}, k.AllowedOrigins...), AgentID: k.AgentID,
	}, err
}

// listKeys answers GET /api/keys.
func (a *api) listKeys(c echo.Context) error {
	keys, err := a.Keys.List(c.Request().Context(), callerOf(c).Actor)
	if err != nil {
		return err
	}
	list := make([]keyResponse, len(keys))
	for i := range keys {
		if list[i], err = newKeyResponse(&keys[i]); err != nil {
			return err
		}
	}
	return c.JSON(http.StatusOK, list)
}

// createKey answers POST /api/keys.
func (a *api) createKey(c echo.Context) error {
	body, err := a.readObject(c)
	if err != nil {
		return err
	}
	key := a.newKey(body)
	if err := body.check(key.Validate()); err != nil {
		return err
	}
	apiKey, err := a.Keys.Create(c.Request().Context(), callerOf(c).Actor, key)
	if err != nil {
		return err
	}
	shown, err := newKeyResponse(key)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, response{Message: messageSaved, Data: newKeyAnswer{shown, apiKey.Reveal()}, Status: http.StatusOK})
}

func (a *api) newKey(body *object) *models.Key {
	key := &models.Key{
		DisplayName: body.word("displayName"), Role: models.Role(body.word("role")),
		ExpiresAt: body.time("expiryDate"), AgentID: body.text("agentId").Value,
	}
	if key.Expired(a.Now()) {
		body.issues.Add("expiryDate", "is in the past")
	}
	for _, element := range body.list("allowedOrigins") {
		var origin string
		if err := json.Unmarshal(element, &origin); err != nil {
			body.issues.Add("allowedOrigins", "must be an array of strings")
		}
		key.AllowedOrigins = append(key.AllowedOrigins, origin)
	}
	return key
}

// revokeKey answers DELETE /api/keys/{keyLocatorHash}.
func (a *api) revokeKey(c echo.Context) error {
	locatorHash, err := pathParam(c, "keyLocatorHash")
	if err != nil {
		return err
	}
	if err := a.Keys.Revoke(c.Request().Context(), callerOf(c).Actor, locatorHash, true); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, response{Message: messageDeleted, Status: http.StatusOK})
}
