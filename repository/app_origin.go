package repository

import (
	"context"
	"encoding/json"
	"slices"

	"gorm.io/gorm"

	"sessionhub/models"
)

// AllowApps replaces the list of origins to which configuration links may lead back; an empty one
// allows any. Errors: models.ErrInvalid.
func (r *Tenants) AllowApps(ctx context.Context, who models.Actor, origins []string) error {
	rows, diff, err := appOriginRows(who, origins)
	if err != nil {
		return err
	}
	event := models.AuditEntry{
		EventName: models.EventAllowApps, RecordLocator: models.RecordLocator("databaseIdHash", who.DatabaseIDHash), Diff: diff,
	}
	return r.store.change(ctx, who, event, func(tx *gorm.DB) error {
		if err := tx.Where("tenant_id = ?", who.TenantID).Delete(&appOriginRow{}).Error; err != nil || len(rows) == 0 {
			return err
		}
		return tx.Create(&rows).Error
	})
}

// appOriginRows reads origins as browsers write them, each once, and says what they are for the
// audit log.
func appOriginRows(who models.Actor, origins []string) ([]appOriginRow, models.Secret, error) {
	var issues models.Issues
	parsed := make([]string, len(origins))
	for i, origin := range origins {
		var err error
		if parsed[i], err = models.ParseOrigin(origin); err != nil {
			issues.Add("origins", err.Error())
		}
	}
	slices.Sort(parsed)
	if parsed = slices.Compact(parsed); len(parsed) > models.MaxOrigins {
		issues.Add("origins", "lists more than 100 origins")
	}
	if err := issues.Err(); err != nil {
		return nil, "", err
	}
	rows := make([]appOriginRow, len(parsed))
	for i, origin := range parsed {
		rows[i] = appOriginRow{TenantID: who.TenantID, Origin: origin}
	}
	diff, err := json.Marshal(map[string][]string{"origins": parsed})
	return rows, models.Secret(diff), err
}

// AppOrigins returns the list that AllowApps has made, in order; empty where any origin is allowed.
func (r *Tenants) AppOrigins(ctx context.Context, who models.Actor) ([]string, error) {
	return appOrigins(r.store.read.WithContext(ctx), who)
}

func appOrigins(db *gorm.DB, who models.Actor) ([]string, error) {
	var origins []string
	err := db.Model(&appOriginRow{}).Where("tenant_id = ?", who.TenantID).Order("origin").Pluck("origin", &origins).Error
	return origins, err
}
