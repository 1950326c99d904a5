// The few calls of flite that Parley uses.
#ifndef PARLEY_FLITE_H
#define PARLEY_FLITE_H

#include <stdint.h>

void parley_flite_init(void);

// Speaks text with a voice (slt, rms, awb, kal16). handle comes back in the
// calls of parleyFliteMark and parleyFliteAudio. Returns 0, or -1 for a voice
// that is not there, or -2 if flite fails.
int parley_flite_speak(const char *voice, const char *text, float stretch, uintptr_t handle);

#endif
