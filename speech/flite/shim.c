#if !__has_include(<flite/flite.h>)
#error "flite is missing: apt-get install flite1-dev"
#else

#include <string.h>

#include <flite/flite.h>

#include "_cgo_export.h"
#include "shim.h"

cst_voice *register_cmu_us_slt(const char *);
cst_voice *register_cmu_us_rms(const char *);
cst_voice *register_cmu_us_awb(const char *);
cst_voice *register_cmu_us_kal16(const char *);

static struct { const char *name; cst_voice *voice; } voices[4];

void parley_flite_init(void) {
  flite_init();
  voices[0].name = "slt", voices[0].voice = register_cmu_us_slt(NULL);
  voices[1].name = "rms", voices[1].voice = register_cmu_us_rms(NULL);
  voices[2].name = "awb", voices[2].voice = register_cmu_us_awb(NULL);
  voices[3].name = "kal16", voices[3].voice = register_cmu_us_kal16(NULL);
}

// tell_words gives the end of every token: its last word's last sound.
static void tell_words(const cst_utterance *u, int rate, uintptr_t handle) {
  for (const cst_item *t = relation_head(utt_relation((cst_utterance *)u, "Token")); t; t = item_next(t)) {
    const cst_item *word = item_last_daughter(t);
    if (!word || !item_feat_present(t, "file_pos")) continue;
    float end = ffeature_float(word, "R:SylStructure.daughtern.daughtern.R:Segment.end");
    parleyFliteMark(handle, (int64_t)(end * rate), item_feat_int(t, "file_pos"));
  }
}

static int chunk(const cst_wave *w, int start, int size, int last, cst_audio_streaming_info *asi) {
  (void)last;
  uintptr_t handle = (uintptr_t)asi->userdata;
  if (start == 0) tell_words(asi->utt, w->sample_rate, handle);
  return parleyFliteAudio(handle, w->samples + start, size) ? CST_AUDIO_STREAM_STOP : CST_AUDIO_STREAM_CONT;
}

int parley_flite_speak(const char *voice, const char *text, float stretch, uintptr_t handle) {
  cst_voice *v = NULL;
  for (int i = 0; i < 4; i++) {
    if (!strcmp(voices[i].name, voice)) v = voices[i].voice;
  }
  if (!v) return -1;
  cst_audio_streaming_info *asi = new_audio_streaming_info(); // the utterance frees it
  asi->min_buffsize = 1600;
  asi->asc = chunk;
  asi->userdata = (void *)handle;
  cst_utterance *u = new_utterance();
  utt_set_input_text(u, text);
  feat_set(u->features, "streaming_info", audio_streaming_info_val(asi));
  feat_set_float(u->features, "duration_stretch", stretch);
  u = flite_do_synth(u, v, utt_synth);
  if (!u) return -2;
  delete_utterance(u);
  return 0;
}

#endif
