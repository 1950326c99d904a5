package answer

// What is said by machines is nearly always one of few things; what people say
// is anything, so that little of it is evidence. Apostrophes are left out.
var english = lexicon{
	digits: set("zero oh one two three four five six seven eight nine double"),
	phrases: joined(
		list(Machine, 5, "leave a message, leave me a message, leave your message, leave us a message, leave your name, leave a name, leave your number,"+
			"leave a brief message, leave a short message, leave a detailed message, after the tone, after the beep, after the signal, at the tone, at the beep,"+
			"at the sound of, the tone please, the beep please, record your message, voicemail, voice mail, voice message, voice messaging, mailbox, mail box, answering machine, message system"),
		list(Machine, 4, "you have reached, youve reached, you reached, come to the phone, get to the phone, take your call, take the call right now, answer the phone right now,"+
			"number you have, number you are calling, number youve, not in service, in service, been disconnected, been forwarded, automatic, automated, recorded message,"+
			"person you are calling, person you are trying, party you are, subscriber, customer you are, is not available, not available, is unavailable, currently unavailable,"+
			"try again later, call again later, dial again, hang up, press one, press 1, press two, press the, press star, press pound, calls are recorded, call may be recorded, following options"),
		list(Machine, 2.5, "i am not here, im not here, we are not here, not at home, away from, cant answer, cannot answer, unable to, call you back, call back, get back to you, return your call,"+
			"is closed, are closed, our hours, opening hours, business hours, our office, miss your call, missed your call, as soon as"),
		list(Machine, 2, "your call, recording, recorded, call has been"),
		list(Machine, 1, "thank you for calling, thanks for calling, please, i am not, im not, i am currently, im currently, i cant, i cannot"),
		list(Screening, 4.5, "state your name, say your name, record your name, tell us your name, reason for your call, reason for calling, why you are calling, why youre calling, screening, see if this person, see if they are, try to connect you"),
		list(Assistant, 4.5, "assistant, on behalf of, secretary of, answering for, take a message, pass on a message, pass it on, trying to reach"),
		list(Human, 4, "who is this, whos this, who are you, how can i help, how may i help, how can i be, what can i do for, can you hear me, are you there, anybody there, anyone there,"+
			"what do you want, what is this about, whats this about, who do you want, i cant hear you, is that you, hold on, just a moment, one moment"),
		list(Human, 2, "speaking, hello hello, yes hello, hello yes, yeah hello, who is it, yes please"),
		list(Human, 1, "good morning, good afternoon, good evening, yeah, yes, yup, um, uh, hey"),
	),
}

var chinese = lexicon{
	solid:  true,
	digits: set("零 一 二 三 四 五 六 七 八 九 幺"),
	phrases: joined(
		list(Machine, 5, "留言, 提示音, 嘀声, 语音信箱, 语音邮箱, 信箱, 答录机, 录音"),
		list(Machine, 4, "您拨打, 你拨打, 您拨的, 您所拨, 无法接通, 暂时无法, 无法接听, 不能接听, 已关机, 关机, 停机, 空号, 不在服务区, 正在通话中, 稍后再拨, 请按, 用户, 转接到, 营业时间"),
		list(Machine, 2.5, "您拨, 你拨, 您所"),
		list(Machine, 1.5, "您好您, 不在, 不方便, 回电, 感谢您致电, 感谢致电"),
		list(Screening, 4.5, "说出您的姓名, 您的姓名, 来电原因, 来电目的"),
		list(Assistant, 4.5, "助理, 助手, 秘书, 机主, 代为, 代接, 转告, 转达"),
		list(Human, 4, "哪位, 你是谁, 谁啊, 是谁, 你找谁, 您找谁, 有什么事, 什么事, 听得到吗, 请讲, 为您服务"),
		list(Human, 1, "喂, 是我, 在呢"),
	),
}
