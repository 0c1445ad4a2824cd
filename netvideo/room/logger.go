package room

import (
	"context"
	"log/slog"
	"sync"

	"github.com/livekit/protocol/logger"
	lksdk "github.com/livekit/server-sdk-go/v2"
)

// quietSDK turns off the logger that the SDK keeps in a global and that writes to
// stderr; every room gets its own below. pion logs through the same global, and formats
// what nobody reads, some of it without the locks it needs, unless the logger is zap's,
// which is asked for its level first.
var quietSDK = sync.OnceFunc(func() {
	if l, err := logger.NewZapLogger(&logger.Config{Level: "fatal"}); err == nil {
		lksdk.SetLogger(l)
		return
	}
	lksdk.SetLogger(logger.GetDiscardLogger())
})

// sdkLogger hands on what the SDK logs. Its errors are no worse than warnings
// here: the room deals with them.
type sdkLogger struct{ to *slog.Logger }

var _ logger.Logger = sdkLogger{}

func (l sdkLogger) log(level slog.Level, msg string, err error, kv []any) {
	ctx := context.Background()
	if !l.to.Enabled(ctx, level) {
		return
	}
	if err != nil {
		kv = append(kv[:len(kv):len(kv)], "error", err)
	}
	l.to.Log(ctx, level, msg, kv...)
}

func (l sdkLogger) Debugw(msg string, kv ...any) { l.log(slog.LevelDebug-4, msg, nil, kv) }
func (l sdkLogger) Infow(msg string, kv ...any)  { l.log(slog.LevelDebug, msg, nil, kv) }
func (l sdkLogger) Warnw(msg string, err error, kv ...any) {
	l.log(slog.LevelInfo, msg, err, kv)
}
func (l sdkLogger) Errorw(msg string, err error, kv ...any) {
	l.log(slog.LevelWarn, msg, err, kv)
}
func (l sdkLogger) WithValues(kv ...any) logger.Logger { return sdkLogger{l.to.With(kv...)} }
func (l sdkLogger) WithUnlikelyValues(kv ...any) logger.UnlikelyLogger {
	return logger.NewUnlikelyLogger(l, kv...)
}
func (l sdkLogger) WithName(string) logger.Logger      { return l }
func (l sdkLogger) WithComponent(string) logger.Logger { return l }
func (l sdkLogger) WithCallDepth(int) logger.Logger    { return l }
func (l sdkLogger) WithItemSampler() logger.Logger     { return l }
func (l sdkLogger) WithoutSampler() logger.Logger      { return l }
func (l sdkLogger) WithDeferredValues() (logger.Logger, logger.DeferredFieldResolver) {
	return logger.GetDiscardLogger().WithDeferredValues()
}
