// The few calls of libpocketsphinx that Parley uses, each in one step.
#ifndef PARLEY_PS_H
#define PARLEY_PS_H

#include <stdint.h>

typedef struct parley_ps parley_ps;

// What a decoder has understood. text is valid until the next call.
typedef struct {
  const char *text;   // NULL: nothing
  double score;       // acoustic score per frame of the words: 0 is best
  double posterior;   // 0 to 1, free form only
  int words;          // frames of words
} parley_ps_hyp;

// lm is the path of the n-gram model, or NULL for a decoder of grammars only.
// All decoders of a process share one n-gram model; the first is ready for it,
// the others attach it when they need it first.
parley_ps *parley_ps_new(const char *hmm, const char *dict, const char *lm);

int parley_ps_knows(parley_ps *d, const char *word);
int parley_ps_add(parley_ps *d, const char *word, const char *phones); // for grammars
int parley_ps_use_grammar(parley_ps *d, const char *jsgf);
int parley_ps_use_ngram(parley_ps *d);

// The spectrum of a channel is learnt while it is heard: PARLEY_PS_MEANS numbers
// that an utterance begins with and leaves behind. means may be NULL to start
// from the model's own; the result is how many there are.
#define PARLEY_PS_MEANS 13
int parley_ps_start(parley_ps *d, const float *means);
int parley_ps_learnt(parley_ps *d, float *means);

int parley_ps_write(parley_ps *d, const int16_t *pcm, int n);
int parley_ps_end(parley_ps *d);
const char *parley_ps_partial(parley_ps *d);
parley_ps_hyp parley_ps_final(parley_ps *d);

#endif
