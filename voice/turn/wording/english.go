package wording

var english = language{
	trailing: set(
		// conjunctions
		"and or but because so if when while which who whose than as though although since until unless whether then plus",
		// prepositions
		"to for of in on at with from by about into near between without against under over through during after before behind called",
		// what stands before a noun
		"a an the my your his her our their its some any every each no very too",
		// verbs that wait for another or for an object
		"am is are was were be been has had will would can could should shall may might must do does did have",
		"i'm it's i'd i'll that's he's she's we're they're you're i've we've there's",
		"want need like wanted needed prefer mean",
		// who is going to do something
		"i we he she they",
		// lists
		"first firstly secondly number is: not just only really"),
	trailingTwo: set("say_that told_that thought_that so_that problem_that thing_that think_that me_that and_that let_me me_think me_see i_guess i_think i_mean you_know for_one kind_of sort_of would_like a_lot how_about what_about thing_is my_name the_number"),
	fillers:     set("um uh er erm uhm hmm hm well eh"),
	spelled: set("zero oh one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
		"twenty thirty forty fifty sixty seventy eighty ninety hundred double triple dot at dash slash underscore com co net org"),
	answers: set("yes no yeah yep yup nope nah okay ok sure right correct maybe perhaps never always exactly true false fine aye",
		"yes_please no_thanks no_thank_you of_course not_really no_way yes_i_do no_sorry all_right alright i_do i_don't that's_right",
		"hello stop wait goodbye bye thanks thank_you"),
	acknowledgements: set("mm-hmm mhm mmhmm mm hmm uh-huh uhuh huh ah aha oh okay ok yeah yep yup right alright",
		"i_see got_it all_right of_course oh_yes oh_yeah sure yes go_on really ah-ha mmm"),
	questions: set("what who which where how why when whose what's who's where's how's"),
	requests: set("is are was were do does did can could will would may has have should am isn't aren't don't doesn't can't",
		"please give put send tell let take bring call show connect cancel repeat help",
		"i_want i_need i'd_like i_would i'm_looking i'm_calling i_wanted we_need we_want we'd_like we_would one_question quick_question"),
	clauses: set("if when because since although while before after unless until once"),
	asking:  set("is are was were do does did can could will would may has have should did's"),
	leading: set("so well and but or okay ok yes no yeah right oh sorry hello hi hmm um uh listen look actually excuse me"),
	minimum: 3,
	split:   fields,
}
