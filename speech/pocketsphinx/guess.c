#if !__has_include(<flite/flite.h>)
#error "flite is missing: apt-get install flite1-dev"
#else

#include <flite/flite.h>
#include <string.h>

#include "guess.h"

cst_lexicon *cmu_lex_init(void);

int parley_guess(const char *word, char *phones, int size) {
  static cst_lexicon *lexicon;
  if (!lexicon) lexicon = cmu_lex_init();
  cst_val *all = lex_lookup(lexicon, word, NULL, NULL);
  int used = 0;
  for (const cst_val *v = all; v && used >= 0; v = val_cdr(v)) {
    const char *phone = val_string(val_car(v));
    int n = (int)strlen(phone);
    if (used + n + 2 > size) {
      used = -1;
      break;
    }
    memcpy(phones + used, phone, n);
    used += n;
    phones[used++] = ' ';
  }
  delete_val(all);
  if (used > 0) phones[used - 1] = 0;
  return used <= 0 ? -1 : 0;
}

#endif
