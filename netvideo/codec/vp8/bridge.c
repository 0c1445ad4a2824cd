#include "bridge.h"

#include <stdlib.h>
#include <string.h>

// With two layers every second picture is the base, which leans on the base; the one
// between leans on the base too, and nothing leans on it. The base has 60 % of the
// bits, WebRTC's share.
static void spread(vpx_codec_enc_cfg_t *c, unsigned kbps) {
	c->rc_target_bitrate = kbps;
	if (c->ts_number_layers != 2) return;
	c->ts_target_bitrate[0] = (kbps * 6 + 5) / 10;
	c->ts_target_bitrate[1] = kbps; // with those below
}

static void layer(vpx_codec_enc_cfg_t *c, unsigned layers) {
	if (layers != 2) return;
	c->ts_number_layers = 2;
	c->ts_periodicity = 2;
	c->ts_layer_id[0] = 0;
	c->ts_layer_id[1] = 1;
	c->ts_rate_decimator[0] = 2;
	c->ts_rate_decimator[1] = 1;
}

// flags: without the alternate reference, which live streams have no use for, a tenth of
// the time is saved.
static vpx_enc_frame_flags_t flags(const vpx_codec_enc_cfg_t *c, int key, int tid) {
	if (key) return VPX_EFLAG_FORCE_KF;
	vpx_enc_frame_flags_t f = VP8_EFLAG_NO_REF_ARF | VP8_EFLAG_NO_UPD_ARF;
	if (c->ts_number_layers != 2 || tid == 0) return f;
	return f | VP8_EFLAG_NO_UPD_LAST | VP8_EFLAG_NO_UPD_GF | VP8_EFLAG_NO_UPD_ENTROPY;
}

static vpx_codec_err_t configure(vp8_enc *e, const vp8_enc_options *o) {
	vpx_codec_err_t err = vpx_codec_enc_config_default(vpx_codec_vp8_cx(), &e->cfg, 0);
	if (err) return err;
	vpx_codec_enc_cfg_t *c = &e->cfg;
	c->g_w = o->width;
	c->g_h = o->height;
	c->g_timebase.num = 1;
	c->g_timebase.den = 1000000; // microseconds, like the time stamps below
	c->g_threads = o->threads;
	c->g_pass = VPX_RC_ONE_PASS;
	c->g_lag_in_frames = 0;
	c->g_error_resilient = o->resilient ? VPX_ERROR_RESILIENT_DEFAULT : 0;
	c->rc_end_usage = VPX_CBR;
	layer(c, o->layers);
	spread(c, o->kbps);
	c->rc_min_quantizer = o->min_q;
	c->rc_max_quantizer = o->max_q;
	c->rc_dropframe_thresh = 0;
	c->rc_resize_allowed = 0;
	// A second of buffer in all, as live encoders use it: over the target by at
	// most 15 %, under it as far as the picture allows.
	c->rc_undershoot_pct = 100;
	c->rc_overshoot_pct = 15;
	c->rc_buf_initial_sz = 500;
	c->rc_buf_optimal_sz = 600;
	c->rc_buf_sz = 1000;
	c->kf_mode = VPX_KF_AUTO;
	c->kf_max_dist = o->kf_max_dist;
	return 0;
}

vp8_enc *vp8_enc_new(const vp8_enc_options *o, vpx_codec_err_t *err) {
	vp8_enc *e = calloc(1, sizeof *e);
	if (!e) {
		*err = VPX_CODEC_MEM_ERROR;
		return NULL;
	}
	if ((*err = configure(e, o)) ||
		(*err = vpx_codec_enc_init(&e->ctx, vpx_codec_vp8_cx(), &e->cfg, 0))) {
		free(e);
		return NULL;
	}
	if ((*err = vpx_codec_control(&e->ctx, VP8E_SET_CPUUSED, o->cpu_used)) ||
		(*err = vpx_codec_control(&e->ctx, VP8E_SET_STATIC_THRESHOLD, (unsigned)o->static_thresh)) ||
		(*err = vpx_codec_control(&e->ctx, VP8E_SET_NOISE_SENSITIVITY, 0u)) ||
		(*err = vpx_codec_control(&e->ctx, VP8E_SET_TOKEN_PARTITIONS,
			 o->threads > 1 ? VP8_FOUR_TOKENPARTITION : VP8_ONE_TOKENPARTITION)) ||
		(*err = vpx_codec_control(&e->ctx, VP8E_SET_MAX_INTRA_BITRATE_PCT, (unsigned)o->max_intra_pct))) {
		vp8_enc_free(e);
		return NULL;
	}
	// The planes are set for each call; the wrapper only fills in the layout.
	static uint8_t nothing[1];
	vpx_img_wrap(&e->img, VPX_IMG_FMT_I420, o->width, o->height, 1, nothing);
	return e;
}

vpx_codec_err_t vp8_enc_set_kbps(vp8_enc *e, unsigned kbps) {
	spread(&e->cfg, kbps);
	return vpx_codec_enc_config_set(&e->ctx, &e->cfg);
}

vpx_codec_err_t vp8_enc_set_max_intra(vp8_enc *e, int percent) {
	return vpx_codec_control(&e->ctx, VP8E_SET_MAX_INTRA_BITRATE_PCT, (unsigned)percent);
}

vpx_codec_err_t vp8_enc_encode(vp8_enc *e, uint8_t *y, uint8_t *cb, uint8_t *cr,
	int ystride, int cstride, int64_t pts, unsigned long duration, int key, int tid,
	vp8_enc_packet *out) {
	memset(out, 0, sizeof *out);
	e->img.planes[0] = y;
	e->img.planes[1] = cb;
	e->img.planes[2] = cr;
	e->img.stride[0] = ystride;
	e->img.stride[1] = e->img.stride[2] = cstride;
	vpx_codec_err_t err = 0;
	if (e->cfg.ts_number_layers == 2) err = vpx_codec_control(&e->ctx, VP8E_SET_TEMPORAL_LAYER_ID, tid);
	if (!err) err = vpx_codec_encode(&e->ctx, &e->img, pts, duration, flags(&e->cfg, key, tid), VPX_DL_REALTIME);
	e->img.planes[0] = e->img.planes[1] = e->img.planes[2] = NULL;
	if (err) return err;
	vpx_codec_iter_t iter = NULL;
	const vpx_codec_cx_pkt_t *p;
	while ((p = vpx_codec_get_cx_data(&e->ctx, &iter))) {
		if (p->kind != VPX_CODEC_CX_FRAME_PKT) continue;
		out->data = p->data.frame.buf; // without look-ahead there is one at most
		out->size = p->data.frame.sz;
		out->key = (p->data.frame.flags & VPX_FRAME_IS_KEY) != 0;
	}
	return 0;
}

void vp8_enc_free(vp8_enc *e) {
	vpx_codec_destroy(&e->ctx);
	free(e);
}

vp8_dec *vp8_dec_new(unsigned threads, vpx_codec_err_t *err) {
	vp8_dec *d = calloc(1, sizeof *d);
	if (!d) {
		*err = VPX_CODEC_MEM_ERROR;
		return NULL;
	}
	vpx_codec_dec_cfg_t cfg = {.threads = threads};
	if ((*err = vpx_codec_dec_init(&d->ctx, vpx_codec_vp8_dx(), &cfg, 0))) {
		free(d);
		return NULL;
	}
	return d;
}

vpx_codec_err_t vp8_dec_decode(vp8_dec *d, const uint8_t *data, unsigned size, vp8_dec_picture *out) {
	memset(out, 0, sizeof *out);
	vpx_codec_err_t err = vpx_codec_decode(&d->ctx, data, size, NULL, 0);
	if (err) return err;
	int corrupted = 0;
	if (!vpx_codec_control(&d->ctx, VP8D_GET_FRAME_CORRUPTED, &corrupted) && corrupted)
		return VPX_CODEC_CORRUPT_FRAME;
	vpx_codec_iter_t iter = NULL;
	vpx_image_t *img = vpx_codec_get_frame(&d->ctx, &iter);
	if (!img) return 0;
	if (img->fmt != VPX_IMG_FMT_I420) return VPX_CODEC_UNSUP_BITSTREAM;
	out->y = img->planes[VPX_PLANE_Y];
	out->cb = img->planes[VPX_PLANE_U];
	out->cr = img->planes[VPX_PLANE_V];
	out->ystride = img->stride[VPX_PLANE_Y];
	out->cstride = img->stride[VPX_PLANE_U];
	out->width = img->d_w;
	out->height = img->d_h;
	return 0;
}

void vp8_dec_free(vp8_dec *d) {
	vpx_codec_destroy(&d->ctx);
	free(d);
}
