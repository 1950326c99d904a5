#if !__has_include(<pocketsphinx.h>) || !__has_include(<sphinxbase/ngram_model.h>)
#error "libpocketsphinx is missing: apt-get install libpocketsphinx-dev libsphinxbase-dev"
#else

#include <pocketsphinx.h>
#include <sphinxbase/err.h>
#include <sphinxbase/ngram_model.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim.h"

struct parley_ps {
  ps_decoder_t *ps;
  mfcc_t means[PARLEY_PS_MEANS]; // of a fresh decoder
  int free_form;                 // the n-gram model is attached: 30 MB more
};

static ngram_model_t *shared_lm; // set up by the first decoder, kept for good

// complain passes on what is wrong; the library tells a great deal else.
static void complain(void *user, err_lvl_t level, const char *format, ...) {
  (void)user;
  if (level < ERR_ERROR) return;
  va_list ap;
  va_start(ap, format);
  vfprintf(stderr, format, ap);
  va_end(ap);
}

// set_beams says how unlikely an alternative may be before it is given up. A
// search takes its beams when it is made. Grammars are small: they can afford
// to keep more, and find words in noise that they would lose.
static void set_beams(parley_ps *d, double beam) {
  cmd_ln_set_float_r(ps_get_config(d->ps), "-beam", beam);
  cmd_ln_set_float_r(ps_get_config(d->ps), "-pbeam", beam);
}

static int attach_ngram(parley_ps *d) {
  set_beams(d, 1e-48); // the library's own
  int e = ps_set_lm(d->ps, "ngram", shared_lm);
  d->free_form = !e;
  return e;
}

parley_ps *parley_ps_new(const char *hmm, const char *dict, const char *lm) {
  err_set_logfp(NULL);
  err_set_callback(complain, NULL);
  cmd_ln_t *c = cmd_ln_init(NULL, ps_args(), TRUE, "-hmm", hmm, "-dict", dict, NULL);
  if (!c) return NULL;
  parley_ps *d = calloc(1, sizeof *d);
  d->ps = ps_init(c);
  if (d->ps && lm && !shared_lm) {
    shared_lm = ngram_model_read(c, lm, NGRAM_AUTO, ps_get_logmath(d->ps));
    if (!shared_lm || attach_ngram(d)) {
      ps_free(d->ps);
      d->ps = NULL;
    }
  }
  cmd_ln_free_r(c);
  if (!d->ps) {
    free(d);
    return NULL;
  }
  feat_t *f = ps_get_feat(d->ps);
  if (feat_cepsize(f) != PARLEY_PS_MEANS) {
    fprintf(stderr, "the model has %d features, not %d\n", (int)feat_cepsize(f), PARLEY_PS_MEANS);
    ps_free(d->ps);
    free(d);
    return NULL;
  }
  cmn_live_get(f->cmn_struct, d->means);
  return d;
}

int parley_ps_knows(parley_ps *d, const char *word) {
  char *phones = ps_lookup_word(d->ps, word);
  free(phones);
  return phones != NULL;
}

int parley_ps_add(parley_ps *d, const char *word, const char *phones) {
  return ps_add_word(d->ps, word, phones, FALSE) < 0;
}

int parley_ps_use_grammar(parley_ps *d, const char *jsgf) {
  set_beams(d, 1e-64);
  return ps_set_jsgf_string(d->ps, "grammar", jsgf) || ps_set_search(d->ps, "grammar");
}

int parley_ps_use_ngram(parley_ps *d) {
  if (!shared_lm || (!d->free_form && attach_ngram(d))) return -1;
  return ps_set_search(d->ps, "ngram");
}

int parley_ps_start(parley_ps *d, const float *means) {
  mfcc_t own[PARLEY_PS_MEANS];
  for (int i = 0; means && i < PARLEY_PS_MEANS; i++) own[i] = means[i];
  cmn_live_set(ps_get_feat(d->ps)->cmn_struct, means ? own : d->means);
  return ps_start_stream(d->ps) || ps_start_utt(d->ps);
}

int parley_ps_learnt(parley_ps *d, float *means) {
  mfcc_t now[PARLEY_PS_MEANS];
  cmn_live_get(ps_get_feat(d->ps)->cmn_struct, now);
  for (int i = 0; i < PARLEY_PS_MEANS; i++) means[i] = now[i];
  return PARLEY_PS_MEANS;
}

int parley_ps_write(parley_ps *d, const int16_t *pcm, int n) { return ps_process_raw(d->ps, pcm, n, FALSE, FALSE) < 0; }

int parley_ps_end(parley_ps *d) { return ps_end_utt(d->ps); }

const char *parley_ps_partial(parley_ps *d) { return ps_get_hyp(d->ps, NULL); }

parley_ps_hyp parley_ps_final(parley_ps *d) {
  parley_ps_hyp h = {0};
  h.text = ps_get_hyp(d->ps, NULL);
  if (!h.text) return h;
  h.posterior = logmath_exp(ps_get_logmath(d->ps), ps_get_prob(d->ps));
  for (ps_seg_t *s = ps_seg_iter(d->ps); s; s = ps_seg_next(s)) {
    const char *word = ps_seg_word(s);
    int from, to;
    int32 acoustic, language, back;
    ps_seg_frames(s, &from, &to);
    ps_seg_prob(s, &acoustic, &language, &back);
    if (word[0] != '<' && word[0] != '[' && word[0] != '(') { // no silence, no noise
      h.words += to - from + 1;
      h.score += acoustic;
    }
  }
  if (h.words) h.score /= h.words;
  return h;
}

#endif
