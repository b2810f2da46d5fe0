package repository

// The rows, as the newest step of the schema has them. Times are in milliseconds.

type stepRow struct {
	Number    int `gorm:"primaryKey;autoIncrement:false"`
	Name      string
	AppliedAt int64
}

func (stepRow) TableName() string { return "schema_steps" }

// moveRow is a move of everything from another database into this one.
type moveRow struct {
	Number     int64 `gorm:"primaryKey;autoIncrement:false"`
	Source     string
	StartedAt  int64
	FinishedAt *int64 // nil while it is not complete
}

func (moveRow) TableName() string { return "moves" }

// masterKeyRow holds a value sealed by a master key, to tell at start whether the key at hand
// is the right one.
type masterKeyRow struct {
	ID         string `gorm:"primaryKey"`
	KnownValue string
	CreatedAt  int64 `gorm:"autoCreateTime:false"`
}

func (masterKeyRow) TableName() string { return "master_keys" }

// tenantRow stays when its tenant is deleted: ids are never used again, since audit entries
// outlive their tenant.
type tenantRow struct {
	ID             int64 `gorm:"primaryKey;autoIncrement:false"`
	DatabaseIDHash string
	Name           string
	Encrypted      bool
	CreatedAt      int64 `gorm:"autoCreateTime:false"`
	DeletedAt      *int64
	SearchEpoch    int64 // counts what makes snapshots of the tenant's sessions void
}

func (tenantRow) TableName() string { return "tenants" }

type storageKeyRow struct {
	TenantID  int64  `gorm:"primaryKey;autoIncrement:false"`
	ID        string `gorm:"primaryKey"`
	Wrapped   string
	Stretched *string // how the key was made from a person's text; nil for a random one
	CreatedAt int64   `gorm:"autoCreateTime:false"`
}

func (storageKeyRow) TableName() string { return "storage_keys" }

type keyRow struct {
	TenantID    int64  `gorm:"primaryKey;autoIncrement:false"`
	LocatorHash string `gorm:"primaryKey"`
	SecretHash  string
	DisplayName string
	Role        string
	AgentID     *string
	ExpiresAt   *int64
	UpdatedAt   int64 `gorm:"autoUpdateTime:false"`
	LastUsedAt  *int64
}

func (keyRow) TableName() string { return "api_keys" }

type originRow struct {
	TenantID    int64  `gorm:"primaryKey;autoIncrement:false"`
	LocatorHash string `gorm:"primaryKey"`
	Origin      string `gorm:"primaryKey"`
}

func (originRow) TableName() string { return "api_key_origins" }

// loginRow has hashes for its secret and for the API key that was signed in.
type loginRow struct {
	TenantID       int64  `gorm:"primaryKey;autoIncrement:false"`
	ID             string `gorm:"primaryKey"`
	SecretHash     string
	KeyLocatorHash string
	CreatedAt      int64 `gorm:"autoCreateTime:false"`
	UsedAt         int64 // exact to a usageStep
}

func (loginRow) TableName() string { return "logins" }

// sessionRow with DeletedAt set is a tombstone: nothing but ids and times is left in it.
type sessionRow struct {
	TenantID         int64  `gorm:"primaryKey;autoIncrement:false"`
	ID               string `gorm:"primaryKey"`
	AgentID          string
	UserName         *string // sealed
	UserEmail        *string // sealed
	AcceptTerms      *string
	MessagesKind     int
	MessagesFrame    *string // sealed; nil for models.EmptyFrame
	MessageCount     int64
	PromptTokens     *int64
	CompletionTokens *int64
	FinalizedAt      *string
	CreatedAt        int64 `gorm:"autoCreateTime:false"`
	UpdatedAt        int64 `gorm:"autoUpdateTime:false"`
	DeletedAt        *int64
	Revision         int64 // counts the changes of the agent's sessions
}

func (sessionRow) TableName() string { return "sessions" }

type messageRow struct {
	TenantID  int64  `gorm:"primaryKey;autoIncrement:false"`
	SessionID string `gorm:"primaryKey"`
	Seq       int64  `gorm:"primaryKey;autoIncrement:false"`
	Body      string // sealed
}

func (messageRow) TableName() string { return "messages" }

type auditRow struct {
	TenantID       int64 `gorm:"primaryKey;autoIncrement:false"`
	ID             int64 `gorm:"primaryKey;autoIncrement:false"`
	IP             string
	UserAgent      string
	KeyLocatorHash string
	EventName      string
	RecordLocator  string
	Diff           *string // sealed; nil for none
	CreatedAt      int64   `gorm:"autoCreateTime:false"`
}

func (auditRow) TableName() string { return "audit_entries" }
