#if !__has_include(<webrtc/modules/audio_processing/include/audio_processing.h>)
#error "webrtc-audio-processing is missing: apt-get install libwebrtc-audio-processing-dev"
#else

#include <string.h>
#include <memory>
#include <new>

#include <webrtc/modules/audio_processing/include/audio_processing.h>
#include <webrtc/modules/interface/module_common_types.h>

#include "shim.h"

using webrtc::AudioProcessing;
using webrtc::NoiseSuppression;
using webrtc::VoiceDetection;

struct parley_apm {
  std::unique_ptr<AudioProcessing> apm;
  webrtc::AudioFrame frame;
  bool suppresses;
};

static int set_up(parley_apm *a, int rate, int noise, int voice, int high_pass) {
  const webrtc::ProcessingConfig formats = {{{rate, 1}, {rate, 1}, {rate, 1}, {rate, 1}}};
  int e = a->apm->Initialize(formats);
  if (!e) e = a->apm->high_pass_filter()->Enable(high_pass != 0);
  if (!e && noise >= 0) e = a->apm->noise_suppression()->set_level(static_cast<NoiseSuppression::Level>(noise));
  if (!e && noise >= 0) e = a->apm->noise_suppression()->Enable(true);
  if (!e) e = a->apm->voice_detection()->set_likelihood(static_cast<VoiceDetection::Likelihood>(voice));
  if (!e) e = a->apm->voice_detection()->set_frame_size_ms(10);
  if (!e) e = a->apm->voice_detection()->Enable(true);
  return e;
}

parley_apm *parley_apm_new(int rate, int noise, int voice, int high_pass, int *error) {
  std::unique_ptr<parley_apm> a(new (std::nothrow) parley_apm);
  *error = AudioProcessing::kCreationFailedError;
  if (!a) return nullptr;
  a->apm.reset(AudioProcessing::Create());
  if (!a->apm) return nullptr;
  if ((*error = set_up(a.get(), rate, noise, voice, high_pass)) != 0) return nullptr;
  a->suppresses = noise >= 0;
  a->frame.sample_rate_hz_ = rate;
  a->frame.num_channels_ = 1;
  a->frame.samples_per_channel_ = rate / 100;
  return a.release();
}

parley_apm_verdict parley_apm_process(parley_apm *a, int16_t *pcm) {
  parley_apm_verdict v = {0, 0, 0};
  const size_t n = a->frame.samples_per_channel_;
  for (int half = 0; half < 2; half++, pcm += n) {
    memcpy(a->frame.data_, pcm, n * sizeof *pcm);
    int e = a->apm->ProcessStream(&a->frame);
    if (e) {
      v.error = e;
      return v;
    }
    memcpy(pcm, a->frame.data_, n * sizeof *pcm);
    if (a->apm->voice_detection()->stream_has_voice()) v.voiced |= 1 << half;
    if (a->suppresses) {
      float p = a->apm->noise_suppression()->speech_probability();
      if (p > v.speech) v.speech = p;
    }
  }
  return v;
}

void parley_apm_free(parley_apm *a) { delete a; }

#endif
