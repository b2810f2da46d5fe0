package handlers

import (
	"math"
	"net/netip"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
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

// newLimiter allows perSecond requests a second, and burst at once; at a rate of 0 it allows all.
func newLimiter(perSecond float64, burst int) *limiter {
	if perSecond == 0 {
		return &limiter{}
	}
	return &limiter{
		store: middleware.NewRateLimiterMemoryStoreWithConfig(middleware.RateLimiterMemoryStoreConfig{
			Rate: rate.Limit(perSecond), Burst: max(1, burst), ExpiresIn: limiterMemory,
		}),
		retryAfter: strconv.FormatFloat(math.Ceil(1/perSecond), 'f', 0, 64),
	}
}

// check returns errTooMany for an address that has had its share, which is told when to come back.
func (l *limiter) check(c echo.Context) error {
	if l.allow(c.RealIP()) {
		return nil
	}
	c.Response().Header().Set(echo.HeaderRetryAfter, l.retryAfter)
	return errTooMany
}

func (l *limiter) allow(address string) bool {
	if l.store == nil {
		return true
	}
	ok, err := l.store.Allow(network(address))
	return ok && err == nil
}

// network is what one client has to itself: an IPv4 address, or the /64 of an IPv6 address.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	prefix, err := ip.Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}
