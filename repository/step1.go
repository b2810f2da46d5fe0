package repository

import "gorm.io/gorm"

// step1 is the schema of the first release. SQLite keeps the tables in the order of their
// primary key, without a second tree for it; other engines do not know that option.
func step1(tx *gorm.DB) error {
	if tx.Name() == "sqlite" {
		tx = tx.Set("gorm:table_options", " WITHOUT ROWID")
	}
	tables := []any{
		&step1SchemaStep{}, &step1MasterKey{}, &step1Tenant{}, &step1StorageKey{},
		&step1Key{}, &step1Origin{}, &step1Session{}, &step1Message{}, &step1AuditEntry{},
	}
	for _, table := range tables {
		if err := tx.Migrator().CreateTable(table); err != nil {
			return err
		}
	}
	for _, trigger := range step1Triggers {
		if err := tx.Exec(trigger).Error; err != nil {
			return err
		}
	}
	return nil
}

// step1Triggers make the audit log append-only, whatever statement is sent to it. The third stands
// against INSERT OR REPLACE, which removes a row without telling the second.
var step1Triggers = []string{
	`CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries
		BEGIN SELECT RAISE(ABORT, 'audit entries cannot be changed'); END`,
	`CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries
		BEGIN SELECT RAISE(ABORT, 'audit entries cannot be removed'); END`,
	`CREATE TRIGGER audit_entries_no_replace BEFORE INSERT ON audit_entries
		WHEN EXISTS (SELECT 1 FROM audit_entries WHERE tenant_id = NEW.tenant_id AND id = NEW.id)
		BEGIN SELECT RAISE(ABORT, 'audit entries cannot be replaced'); END`,
}

type step1SchemaStep struct {
	Number    int    `gorm:"primaryKey;autoIncrement:false"`
	Name      string `gorm:"not null"`
	AppliedAt int64  `gorm:"not null"`
}

func (step1SchemaStep) TableName() string { return "schema_steps" }

type step1MasterKey struct {
	ID         string `gorm:"primaryKey"`
	KnownValue string `gorm:"not null"`
	CreatedAt  int64  `gorm:"not null"`
}

func (step1MasterKey) TableName() string { return "master_keys" }

type step1Tenant struct {
	ID             int64  `gorm:"primaryKey;autoIncrement:false"`
	DatabaseIDHash string `gorm:"not null;uniqueIndex:tenants_by_hash,where:deleted_at IS NULL"`
	Name           string `gorm:"not null"`
	Encrypted      bool   `gorm:"not null"`
	CreatedAt      int64  `gorm:"not null"`
	DeletedAt      *int64
}

func (step1Tenant) TableName() string { return "tenants" }

type step1StorageKey struct {
	TenantID  int64  `gorm:"primaryKey;autoIncrement:false"`
	ID        string `gorm:"primaryKey"`
	Wrapped   string `gorm:"not null"`
	Stretched *string
	CreatedAt int64 `gorm:"not null"`
}

func (step1StorageKey) TableName() string { return "storage_keys" }

type step1Key struct {
	TenantID    int64  `gorm:"primaryKey;autoIncrement:false"`
	LocatorHash string `gorm:"primaryKey;uniqueIndex:api_keys_by_locator"`
	SecretHash  string `gorm:"not null"`
	DisplayName string `gorm:"not null"`
	Role        string `gorm:"not null"`
	AgentID     *string
	ExpiresAt   *int64
	UpdatedAt   int64 `gorm:"not null"`
	LastUsedAt  *int64
}

func (step1Key) TableName() string { return "api_keys" }

type step1Origin struct {
	TenantID    int64  `gorm:"primaryKey;autoIncrement:false"`
	LocatorHash string `gorm:"primaryKey"`
	Origin      string `gorm:"primaryKey;index:api_key_origins_by_origin"`
}

func (step1Origin) TableName() string { return "api_key_origins" }

type step1Session struct {
	TenantID         int64  `gorm:"primaryKey;autoIncrement:false;index:sessions_by_creation,priority:1,where:deleted_at IS NULL;index:sessions_by_agent,priority:1,where:deleted_at IS NULL"`
	ID               string `gorm:"primaryKey;index:sessions_by_creation,priority:3;index:sessions_by_agent,priority:4"`
	AgentID          string `gorm:"not null;index:sessions_by_agent,priority:2"`
	UserName         *string
	UserEmail        *string
	AcceptTerms      *string
	MessagesKind     int `gorm:"not null"`
	MessagesFrame    *string
	MessageCount     int64 `gorm:"not null"`
	PromptTokens     *int64
	CompletionTokens *int64
	FinalizedAt      *string
	CreatedAt        int64  `gorm:"not null;index:sessions_by_creation,priority:2,sort:desc;index:sessions_by_agent,priority:3,sort:desc"`
	UpdatedAt        int64  `gorm:"not null"`
	DeletedAt        *int64 `gorm:"index:sessions_by_creation,priority:4;index:sessions_by_agent,priority:5"` // so that counting needs no row
}

func (step1Session) TableName() string { return "sessions" }

type step1Message struct {
	TenantID  int64  `gorm:"primaryKey;autoIncrement:false"`
	SessionID string `gorm:"primaryKey"`
	Seq       int64  `gorm:"primaryKey;autoIncrement:false"`
	Body      string `gorm:"not null"`
}

func (step1Message) TableName() string { return "messages" }

type step1AuditEntry struct {
	TenantID       int64  `gorm:"primaryKey;autoIncrement:false;index:audit_entries_by_time,priority:1"`
	ID             int64  `gorm:"primaryKey;autoIncrement:false;index:audit_entries_by_time,priority:3"`
	IP             string `gorm:"not null"`
	UserAgent      string `gorm:"not null"`
	KeyLocatorHash string `gorm:"not null"`
	EventName      string `gorm:"not null"`
	RecordLocator  string `gorm:"not null"`
	Diff           *string
	CreatedAt      int64 `gorm:"not null;index:audit_entries_by_time,priority:2"`
}

func (step1AuditEntry) TableName() string { return "audit_entries" }
