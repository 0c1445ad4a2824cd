// What of libopus cannot be called from Go directly: its controls take a variable
// number of arguments.
#ifndef CUTOUT_OPUS_BRIDGE_H
#define CUTOUT_OPUS_BRIDGE_H

#include <opus.h>

static int opus_live(OpusEncoder *e, int bitrate, int complexity, int loss) {
	int code;
	if ((code = opus_encoder_ctl(e, OPUS_SET_BITRATE(bitrate)))) return code;
	if ((code = opus_encoder_ctl(e, OPUS_SET_COMPLEXITY(complexity)))) return code;
	if ((code = opus_encoder_ctl(e, OPUS_SET_INBAND_FEC(1)))) return code;
	if ((code = opus_encoder_ctl(e, OPUS_SET_PACKET_LOSS_PERC(loss)))) return code;
	return opus_encoder_ctl(e, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
}

static int opus_rate(OpusEncoder *e, int bitrate) {
	return opus_encoder_ctl(e, OPUS_SET_BITRATE(bitrate));
}

static int opus_loss(OpusEncoder *e, int percent) {
	return opus_encoder_ctl(e, OPUS_SET_PACKET_LOSS_PERC(percent));
}

#endif
