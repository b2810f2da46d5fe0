package repository

import "gorm.io/gorm"

// step2 is the schema of the tool hub. What has to be swept has an index by its time.
func step2(tx *gorm.DB) error {
	if tx.Name() == "sqlite" {
		tx = tx.Set("gorm:table_options", " WITHOUT ROWID")
	}
	tables := []any{
		&step2Tool{}, &step2Function{}, &step2Connection{}, &step2Link{}, &step2Authorization{}, &step2Perform{}, &step2AppOrigin{},
	}
	for _, table := range tables {
		if err := tx.Migrator().CreateTable(table); err != nil {
			return err
		}
	}
	return nil
}

// step2Tool has its long columns last: who reads the others need not walk over them.
type step2Tool struct {
	TenantID       int64  `gorm:"primaryKey;autoIncrement:false"`
	Name           string `gorm:"primaryKey"`
	Title          string `gorm:"not null"`
	Source         string `gorm:"not null"`
	BaseURL        string `gorm:"not null"`
	Credentials    string `gorm:"not null"`
	AllowPrivate   bool   `gorm:"not null"`
	ClientID       string `gorm:"not null"`
	ClientSecret   *string
	RevocationURL  string `gorm:"not null"`
	CreatedAt      int64  `gorm:"not null"`
	UpdatedAt      int64  `gorm:"not null"`
	Schemes        string `gorm:"not null"`
	Description    string `gorm:"not null"`
	OnlyOperations string `gorm:"not null"`
	Skipped        string `gorm:"not null"`
	Document       []byte `gorm:"not null"`
}

func (step2Tool) TableName() string { return "tools" }

type step2Function struct {
	TenantID    int64  `gorm:"primaryKey;autoIncrement:false;index:functions_by_tool,priority:1"`
	Name        string `gorm:"primaryKey"`
	Tool        string `gorm:"not null;index:functions_by_tool,priority:2"`
	Position    int    `gorm:"not null;index:functions_by_tool,priority:3"`
	Operation   string `gorm:"not null"`
	Description string `gorm:"not null"`
	Parameters  string `gorm:"not null"`
	Call        string `gorm:"not null"`
}

func (step2Function) TableName() string { return "functions" }

// step2Connection has the user before the tool: a page lists the connections of a user, and SQLite
// would not take a second index for it.
type step2Connection struct {
	TenantID     int64  `gorm:"primaryKey;autoIncrement:false"`
	UserID       string `gorm:"primaryKey"`
	Tool         string `gorm:"primaryKey"`
	Problem      string `gorm:"not null"`
	Revision     int64  `gorm:"not null"`
	RefreshUntil *int64
	CreatedAt    int64  `gorm:"not null"`
	UpdatedAt    int64  `gorm:"not null"`
	Credentials  string `gorm:"not null"`
}

func (step2Connection) TableName() string { return "connections" }

type step2Link struct {
	TenantID    int64  `gorm:"primaryKey;autoIncrement:false"`
	TokenHash   string `gorm:"primaryKey;uniqueIndex:links_by_token"`
	UserID      string `gorm:"not null"`
	AppName     string `gorm:"not null"`
	AppURL      string `gorm:"not null"`
	BrowserHash *string
	CreatedAt   int64 `gorm:"not null"`
	ExpiresAt   int64 `gorm:"not null;index:links_by_expiry"`
}

func (step2Link) TableName() string { return "links" }

type step2Authorization struct {
	TenantID    int64  `gorm:"primaryKey;autoIncrement:false"`
	StateHash   string `gorm:"primaryKey;uniqueIndex:authorizations_by_state"`
	LinkHash    string `gorm:"not null"`
	LinkToken   string `gorm:"not null"`
	Tool        string `gorm:"not null"`
	Scheme      string `gorm:"not null"`
	UserID      string `gorm:"not null"`
	Verifier    string `gorm:"not null"`
	RedirectURL string `gorm:"not null"`
	ExpiresAt   int64  `gorm:"not null;index:authorizations_by_expiry"`
}

func (step2Authorization) TableName() string { return "authorizations" }

type step2Perform struct {
	TenantID       int64  `gorm:"primaryKey;autoIncrement:false"`
	UserID         string `gorm:"primaryKey"`
	Function       string `gorm:"primaryKey"`
	IdempotencyKey string `gorm:"primaryKey"`
	Digest         string `gorm:"not null"`
	StartedAt      int64  `gorm:"not null;index:performs_by_start"`
	LeaseUntil     int64  `gorm:"not null"`
	Answer         *string
}

func (step2Perform) TableName() string { return "performs" }

type step2AppOrigin struct {
	TenantID int64  `gorm:"primaryKey;autoIncrement:false"`
	Origin   string `gorm:"primaryKey"`
}

func (step2AppOrigin) TableName() string { return "app_origins" }
