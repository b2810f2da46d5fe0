package handlers

import (
	"math"
	"strconv"
	"time"

	"github.com/labstack/echo/v4/middleware"
	"golang.org/x/time/rate"
)

const (
	burstFactor   = 10              // a page that opens many conversations at once is no attack
	limiterMemory = 3 * time.Minute // after which an address that was quiet is forgotten
)

// limiter bounds how often one address may be served.
type limiter struct {
	store      middleware.RateLimiterStore
	retryAfter string // seconds until one more is allowed
}

// newLimiter allows perSecond requests a second, and ten times as many at once; 0 allows all.
func newLimiter(perSecond float64) *limiter {
	if perSecond == 0 {
		return &limiter{}
	}
	return &limiter{
		store: middleware.NewRateLimiterMemoryStoreWithConfig(middleware.RateLimiterMemoryStoreConfig{
			Rate: rate.Limit(perSecond), Burst: max(1, int(perSecond*burstFactor)), ExpiresIn: limiterMemory,
		}),
		retryAfter: strconv.FormatFloat(math.Ceil(1/perSecond), 'f', 0, 64),
	}
}

func (l *limiter) allow(address string) bool {
	if l.store == nil {
		return true
	}
	ok, err := l.store.Allow(address)
	return ok && err == nil
}
