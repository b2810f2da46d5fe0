package repository

// The rows of the tool hub. What is sealed here is sealed for every tenant: see secretBox.

// toolRow without the columns of a document is what most reads need: see toolColumns.
type toolRow struct {
	TenantID       int64  `gorm:"primaryKey;autoIncrement:false"`
	Name           string `gorm:"primaryKey"`
	Title          string
	Source         string
	BaseURL        string
	Credentials    string
	AllowPrivate   bool
	ClientID       string
	ClientSecret   *string // sealed; nil for none
	RevocationURL  string
	CreatedAt      int64  `gorm:"autoCreateTime:false"`
	UpdatedAt      int64  `gorm:"autoUpdateTime:false"`
	Schemes        string // JSON of []models.Scheme
	Description    string
	OnlyOperations string // JSON of []string
	Skipped        string // JSON of []models.Skipped
	Document       []byte // gzip
}

func (toolRow) TableName() string { return "tools" }

type functionRow struct {
	TenantID    int64  `gorm:"primaryKey;autoIncrement:false"`
	Name        string `gorm:"primaryKey"`
	Tool        string
	Position    int // in the document, from 0
	Operation   string
	Description string
	Parameters  string
	Call        string // JSON of models.Call
}

func (functionRow) TableName() string { return "functions" }

type connectionRow struct {
	TenantID     int64  `gorm:"primaryKey;autoIncrement:false"`
	UserID       string `gorm:"primaryKey"` // empty for the tenant's own
	Tool         string `gorm:"primaryKey"`
	Problem      string
	Revision     int64
	RefreshUntil *int64
	CreatedAt    int64  `gorm:"autoCreateTime:false"`
	UpdatedAt    int64  `gorm:"autoUpdateTime:false"`
	Credentials  string // sealed; JSON of map[string]credentialFields
}

func (connectionRow) TableName() string { return "connections" }

// linkRow has hashes for its token and for the browser that opened it first.
type linkRow struct {
	TenantID    int64  `gorm:"primaryKey;autoIncrement:false"`
	TokenHash   string `gorm:"primaryKey"`
	UserID      string
	AppName     string
	AppURL      string
	BrowserHash *string
	CreatedAt   int64 `gorm:"autoCreateTime:false"`
	ExpiresAt   int64
}

func (linkRow) TableName() string { return "links" }

type authorizationRow struct {
	TenantID    int64  `gorm:"primaryKey;autoIncrement:false"`
	StateHash   string `gorm:"primaryKey"`
	LinkHash    string // which link it was begun from, as far as an operator may know
	LinkToken   string // sealed
	Tool        string
	Scheme      string
	UserID      string
	Verifier    string // sealed
	RedirectURL string
	ExpiresAt   int64
}

func (authorizationRow) TableName() string { return "authorizations" }

type performRow struct {
	TenantID       int64  `gorm:"primaryKey;autoIncrement:false"`
	UserID         string `gorm:"primaryKey"`
	Function       string `gorm:"primaryKey"`
	IdempotencyKey string `gorm:"primaryKey"`
	Digest         string // sealed
	StartedAt      int64
	LeaseUntil     int64
	Answer         *string // sealed; nil while the call is under way
}

func (performRow) TableName() string { return "performs" }

type appOriginRow struct {
	TenantID int64  `gorm:"primaryKey;autoIncrement:false"`
	Origin   string `gorm:"primaryKey"`
}

func (appOriginRow) TableName() string { return "app_origins" }

// hubRows are one of each table above.
func hubRows() []any {
	return []any{
		&toolRow{}, &functionRow{}, &connectionRow{}, &linkRow{}, &authorizationRow{}, &performRow{}, &appOriginRow{},
	}
}
