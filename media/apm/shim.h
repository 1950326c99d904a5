// A C face for the few parts of webrtc's AudioProcessing that Parley uses.
#ifndef PARLEY_APM_H
#define PARLEY_APM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct parley_apm parley_apm;

typedef struct {
  int error;           // webrtc's code, 0 if all went well
  int voiced;          // bit 0: first 10 ms, bit 1: second
  float speech;        // the higher probability of both halves; 0 without suppression
} parley_apm_verdict;

// noise: -1 off, 0 low … 3 very high. voice: 0 very low … 3 high likelihood.
// Returns NULL and sets *error if the library refuses.
parley_apm *parley_apm_new(int rate, int noise, int voice, int high_pass, int *error);

// pcm: 20 ms at the rate, changed in place.
parley_apm_verdict parley_apm_process(parley_apm *a, int16_t *pcm);

void parley_apm_free(parley_apm *a);

#ifdef __cplusplus
}
#endif
#endif
