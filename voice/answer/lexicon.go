package answer

// What machines say is nearly always one of few things; what people say is
// anything, so that little of it is evidence. Apostrophes are left out, and
// phrases are separated by commas.
var english = lexicon{
	digits: set("zero oh one two three four five six seven eight nine double"),
	phrases: joined(
		// What is asked of who wants to leave a message.
		list(Machine, 5, "leave a message, leave me a message, leave your message, leave us a message, leave your name, leave a name, leave your number,"+
			"leave a brief message, leave a short message, leave a detailed message, leave your details, leave a voicemail, after the tone, after the beep,"+
			"after the signal, at the tone, at the beep, at the sound of, the tone please, the beep please, wait for the tone, wait for the beep, record your message,"+
			"start speaking, speak after, voicemail, voice mail, voice message, voice messaging, mailbox, mail box, answering machine, answering service, answerphone,"+
			"answer phone, message system, message service"),
		// Who it is, and why nobody answers.
		list(Machine, 4, "you have reached, youve reached, you reached, you are through to, youre through to, come to the phone, get to the phone, take your call, answer your call,"+
			"take the call right now, answer the phone, pick up the phone, number you have, number you are calling, number you dialed, number you dialled, number youve,"+
			"not in service, in service, no longer in use, no longer in service, been disconnected, been changed, been forwarded, is not assigned, not recognised,"+
			"not recognized, check the number, as dialed, as dialled, be completed, be connected, cannot be reached, cant be reached, not reachable, switched off,"+
			"turned off, out of coverage, automatic, automated, recorded message, person you are calling, person youre calling, person you are trying, party you are,"+
			"subscriber, customer you are, mobile you are, nobody is available, no one is available, is not available, not available, is unavailable,"+
			"currently unavailable, try again later, call again later, dial again, hang up, press one, press 1, press two, press the, press star, press pound,"+
			"press zero, calls are recorded, call may be recorded, call is important, following options, main menu, agents are busy, operators are busy,"+
			"lines are busy, stay on the line, in a queue, para español"),
		list(Machine, 2.5, "i am not here, im not here, we are not here, were not here, nobody is here, no one is here, not at home, not in the office, out of the office,"+
			"away from, on holiday, on vacation, cant answer, cannot answer, cant talk, unable to, call you back, call back, get back to you, return your call, is closed, are closed,"+
			"our hours, opening hours, opening times, business hours, our office, our offices, miss your call, missed your call, missed you, as soon as, try again, welcome to"),
		list(Machine, 2, "your call, recording, recorded, call has been"),
		list(Machine, 1, "thank you for calling, thanks for calling, please, i am not, im not, i am currently, im currently, i cant, i cannot, we are sorry, were sorry"),
		list(Screening, 4.5, "state your name, say your name, record your name, tell us your name, give your name, reason for your call, reason for calling, why you are calling,"+
			"why youre calling, call screening, screening, see if this person, see if they are, see if he is, see if she is, try to connect you, before connecting"),
		list(Assistant, 4.5, "assistant, on behalf of, secretary of, answering for, take a message, pass on a message, pass it on, trying to reach"),
		// Somebody who waits for an answer.
		list(Human, 4, "who is this, whos this, whos that, who are you, how can i help, how may i help, how can i be, can i help you, may i help you, what can i do for, can you hear me,"+
			"are you there, anybody there, anyone there, what do you want, what is this about, whats this about, who do you want, i cant hear you, is that you, hold on, hang on,"+
			"just a moment, one moment, just a minute, one second, go ahead"),
		list(Human, 2, "speaking, hello hello, yes hello, hello yes, yeah hello, who is it, yes please, its me, how are you"),
		list(Human, 1, "good morning, good afternoon, good evening, good day, morning, yeah, yes, yep, yup, um, uh, hey, hiya"),
	),
}

var chinese = lexicon{
	solid:  true,
	digits: set("零 一 二 三 四 五 六 七 八 九 幺"),
	phrases: joined(
		list(Machine, 5, "留言, 提示音, 嘀声, 滴声, 哔声, 语音信箱, 语音邮箱, 信箱, 答录机, 录音"),
		list(Machine, 4, "您拨打, 你拨打, 您拨的, 您所拨, 您呼叫, 无法接通, 暂时无法, 无法接听, 不能接听, 无人接听, 没人接听, 已关机, 关机, 停机, 空号, 不在服务区, 正在通话中,"+
			"稍后再拨, 请按, 用户, 转接, 营业时间, 号码, 占线, 客服, 工号"),
		list(Machine, 2.5, "您拨, 你拨, 您所, 欢迎致电, 感谢您致电, 感谢致电"),
		list(Machine, 1.5, "您好您, 不在, 不方便, 回电, 对不起, 抱歉"),
		list(Screening, 4.5, "说出您的姓名, 您的姓名, 您的名字, 来电原因, 来电目的"),
		list(Assistant, 4.5, "助理, 助手, 秘书, 机主, 代为, 代接, 转告, 转达"),
		list(Human, 4, "哪位, 你是谁, 谁啊, 是谁, 你找谁, 您找谁, 有什么事, 什么事, 听得到吗, 听得见吗, 请讲, 请说, 为您服务, 等一下"),
		list(Human, 1, "喂, 是我, 在呢, 你好"),
	),
}
