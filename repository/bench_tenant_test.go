package repository_test

import (
	"fmt"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

func BenchmarkTenantsCreate(b *testing.B) {
	s, _ := benchStore(b)
	for _, c := range []struct {
		name string
		with repository.NewTenant
	}{
		{"encrypted", repository.NewTenant{}},
		{"plain", repository.NewTenant{NoEncryption: true}},
		{"stretched", repository.NewTenant{StorageKey: "correct horse battery staple"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			loop(b, func() error {
				_, _, err := s.Tenants.Create(b.Context(), models.Actor{}, c.with)
				return err
			})
		})
	}
}

func BenchmarkTenantsCreateFirst(b *testing.B) {
	s, _, path := newStore(b)
	around := raw(b, path)
	prepared(b, 1,
		func(int) error {
			return only(around.ExecContext(b.Context(), "DELETE FROM tenants; DELETE FROM storage_keys; DELETE FROM api_keys"))
		},
		func(int) error {
			_, _, err := s.Tenants.CreateFirst(b.Context(), models.Actor{}, repository.NewTenant{})
			return err
		})
}

func BenchmarkTenantsList(b *testing.B) {
	each(b, "tenants", []int{10, 1000}, func(b *testing.B, n int) {
		s, _, _ := newStore(b)
		for range n {
			newTenant(b, s, repository.NewTenant{})
		}
		loop(b, func() error { return only(s.Tenants.List(b.Context())) })
	})
}

func BenchmarkTenantsGet(b *testing.B) {
	s, who := benchStore(b)
	loop(b, func() error { return only(s.Tenants.Get(b.Context(), who.DatabaseIDHash)) })
}

func BenchmarkTenantsCount(b *testing.B) {
	s, _ := benchStore(b)
	each(b, "sessions", []int{100, 1000}, func(b *testing.B, n int) {
		who := newTenant(b, s, repository.NewTenant{})
		people(b, s, who, n)
		loop(b, func() error { return only(s.Tenants.Count(b.Context(), who)) })
	})
}

func BenchmarkTenantsDelete(b *testing.B) {
	s, _ := benchStore(b)
	each(b, "sessions", []int{0, 100}, func(b *testing.B, n int) {
		var who models.Actor
		prepared(b, 1,
			func(int) error {
				who = newTenant(b, s, repository.NewTenant{})
				people(b, s, who, n)
				return nil
			},
			func(int) error { return s.Tenants.Delete(b.Context(), who) })
	})
}

func BenchmarkTenantsAllowApps(b *testing.B) {
	s, who := benchStore(b)
	each(b, "origins", []int{1, models.MaxOrigins}, func(b *testing.B, n int) {
		loop(b, func() error { return s.Tenants.AllowApps(b.Context(), who, origins(n)) })
	})
}

func BenchmarkTenantsAppOrigins(b *testing.B) {
	s, who := benchStore(b)
	noError(b, s.Tenants.AllowApps(b.Context(), who, origins(models.MaxOrigins)))
	loop(b, func() error { return only(s.Tenants.AppOrigins(b.Context(), who)) })
}

func origins(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("https://app%d.example", i)
	}
	return all
}

func BenchmarkAuditAppend(b *testing.B) {
	s, who := benchStore(b)
	loop(b, func() error { return only(s.Audit.Append(b.Context(), who, auditEntry(1))) })
}

func auditEntry(i int) models.AuditEntry {
	return models.AuditEntry{EventName: "saveRecord", RecordLocator: fmt.Sprintf(`{"id":"r-%d"}`, i), Diff: `{"a":1}`}
}

// BenchmarkAuditList reads the newest entries of two thousand, and the one of a record.
func BenchmarkAuditList(b *testing.B) {
	s, clock, _ := newStore(b)
	who := newTenant(b, s, repository.NewTenant{})
	for i := range 2000 {
		noError(b, only(s.Audit.Append(b.Context(), who, auditEntry(i))))
	}
	month := models.AuditFilter{From: clock.Now().Add(-time.Hour), To: clock.Now().Add(time.Hour)}
	each(b, "entries", []int{100, 1000}, func(b *testing.B, n int) {
		f := month
		f.Limit = int64(n)
		loop(b, func() error { return only(s.Audit.List(b.Context(), who, f)) })
	})
	b.Run("record", func(b *testing.B) {
		f := month
		f.RecordLocator, f.Limit = `{"id":"r-1000"}`, 100
		loop(b, func() error { return only(s.Audit.List(b.Context(), who, f)) })
	})
}
