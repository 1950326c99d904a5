// How flite would pronounce a word, by its rules from letters to sounds.
#ifndef PARLEY_GUESS_H
#define PARLEY_GUESS_H

// Writes the phones of a word in small letters, "k w ih1", to phones. -1: it
// has none, or they do not fit. Not for two threads at once.
int parley_guess(const char *word, char *phones, int size);

#endif
