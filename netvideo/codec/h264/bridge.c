#include "bridge.h"

#include <stdlib.h>
#include <string.h>

static void live(SEncParamExt *p, const h264_enc_options *o) {
	p->iUsageType = CAMERA_VIDEO_REAL_TIME;
	p->iPicWidth = o->width;
	p->iPicHeight = o->height;
	p->iTargetBitrate = o->kbps * 1000;
	p->iMaxBitrate = UNSPECIFIED_BIT_RATE;
	p->iRCMode = RC_BITRATE_MODE;
	p->bEnableFrameSkip = false;
	p->fMaxFrameRate = o->fps;
	p->iComplexityMode = LOW_COMPLEXITY;
	p->uiIntraPeriod = o->idr_every;
	p->eSpsPpsIdStrategy = CONSTANT_ID; // every IDR picture brings both along
	p->iEntropyCodingModeFlag = 0;      // constrained baseline
	p->iMultipleThreadIdc = o->threads;
	p->bEnableDenoise = false;
	p->iTemporalLayerNum = 1;
	p->iSpatialLayerNum = 1;
	SSpatialLayerConfig *l = &p->sSpatialLayers[0];
	l->iVideoWidth = o->width;
	l->iVideoHeight = o->height;
	l->fFrameRate = o->fps;
	l->iSpatialBitrate = o->kbps * 1000;
	l->iMaxSpatialBitrate = UNSPECIFIED_BIT_RATE;
	l->uiProfileIdc = PRO_BASELINE;
	l->sSliceArgument.uiSliceMode = o->threads > 1 ? SM_FIXEDSLCNUM_SLICE : SM_SINGLE_SLICE;
	l->sSliceArgument.uiSliceNum = o->threads;
}

h264_enc *h264_enc_new(const h264_enc_options *o) {
	h264_enc *e = calloc(1, sizeof *e);
	if (!e) return NULL;
	if (WelsCreateSVCEncoder(&e->it)) {
		free(e);
		return NULL;
	}
	int quiet = WELS_LOG_QUIET;
	(*e->it)->SetOption(e->it, ENCODER_OPTION_TRACE_LEVEL, &quiet);
	SEncParamExt p;
	memset(&p, 0, sizeof p);
	(*e->it)->GetDefaultParams(e->it, &p);
	live(&p, o);
	int format = videoFormatI420;
	if ((*e->it)->InitializeExt(e->it, &p) ||
		(*e->it)->SetOption(e->it, ENCODER_OPTION_DATAFORMAT, &format)) {
		h264_enc_free(e);
		return NULL;
	}
	e->pic.iColorFormat = videoFormatI420;
	e->pic.iPicWidth = o->width;
	e->pic.iPicHeight = o->height;
	return e;
}

int h264_enc_set_kbps(h264_enc *e, int kbps) {
	SBitrateInfo rate = {.iLayer = SPATIAL_LAYER_ALL, .iBitrate = kbps * 1000};
	return (*e->it)->SetOption(e->it, ENCODER_OPTION_BITRATE, &rate);
}

int h264_enc_set_fps(h264_enc *e, int fps) {
	float rate = fps;
	return (*e->it)->SetOption(e->it, ENCODER_OPTION_FRAME_RATE, &rate);
}

int h264_enc_encode(h264_enc *e, uint8_t *y, uint8_t *cb, uint8_t *cr,
	int ystride, int cstride, int64_t ms, int key, h264_enc_packet *out) {
	out->size = out->key = 0;
	if (key) (*e->it)->ForceIntraFrame(e->it, true);
	e->pic.pData[0] = y;
	e->pic.pData[1] = cb;
	e->pic.pData[2] = cr;
	e->pic.iStride[0] = ystride;
	e->pic.iStride[1] = e->pic.iStride[2] = cstride;
	e->pic.uiTimeStamp = ms;
	int code = (*e->it)->EncodeFrame(e->it, &e->pic, &e->info);
	e->pic.pData[0] = e->pic.pData[1] = e->pic.pData[2] = NULL;
	if (code || e->info.eFrameType == videoFrameTypeInvalid) return code ? code : -1;
	if (e->info.eFrameType == videoFrameTypeSkip) return 0;
	for (int i = 0; i < e->info.iLayerNum; i++) {
		const SLayerBSInfo *l = &e->info.sLayerInfo[i];
		for (int n = 0; n < l->iNalCount; n++) out->size += l->pNalLengthInByte[n];
	}
	out->key = e->info.eFrameType == videoFrameTypeIDR;
	return 0;
}

void h264_enc_copy(const h264_enc *e, uint8_t *to) {
	for (int i = 0; i < e->info.iLayerNum; i++) {
		const SLayerBSInfo *l = &e->info.sLayerInfo[i];
		int size = 0;
		for (int n = 0; n < l->iNalCount; n++) size += l->pNalLengthInByte[n];
		memcpy(to, l->pBsBuf, size);
		to += size;
	}
}

void h264_enc_free(h264_enc *e) {
	(*e->it)->Uninitialize(e->it);
	WelsDestroySVCEncoder(e->it);
	free(e);
}

ISVCDecoder *h264_dec_new(void) {
	ISVCDecoder *d = NULL;
	if (WelsCreateDecoder(&d) || !d) return NULL;
	int quiet = WELS_LOG_QUIET;
	(*d)->SetOption(d, DECODER_OPTION_TRACE_LEVEL, &quiet);
	SDecodingParam p;
	memset(&p, 0, sizeof p);
	// What is amiss is said, not painted over.
	p.eEcActiveIdc = ERROR_CON_DISABLE;
	p.sVideoProperty.size = sizeof p.sVideoProperty;
	p.sVideoProperty.eVideoBsType = VIDEO_BITSTREAM_AVC;
	if ((*d)->Initialize(d, &p)) {
		WelsDestroyDecoder(d);
		return NULL;
	}
	return d;
}

int h264_dec_decode(ISVCDecoder *d, const uint8_t *data, int size, h264_dec_picture *out) {
	memset(out, 0, sizeof *out);
	unsigned char *planes[3] = {NULL, NULL, NULL};
	SBufferInfo info;
	memset(&info, 0, sizeof info);
	int state = (*d)->DecodeFrameNoDelay(d, data, size, planes, &info);
	if (state || info.iBufferStatus != 1) return state;
	out->y = planes[0];
	out->cb = planes[1];
	out->cr = planes[2];
	out->ystride = info.UsrData.sSystemBuffer.iStride[0];
	out->cstride = info.UsrData.sSystemBuffer.iStride[1];
	out->width = info.UsrData.sSystemBuffer.iWidth;
	out->height = info.UsrData.sSystemBuffer.iHeight;
	return 0;
}

void h264_dec_free(ISVCDecoder *d) {
	(*d)->Uninitialize(d);
	WelsDestroyDecoder(d);
}
