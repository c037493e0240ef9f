/// Passwords of at least eight characters that guessers try first, in lower case.
enum CommonPasswords {
    static func contains(_ password: String) -> Bool {
        all.contains(password.lowercased())
    }

    private static let all = Set(list.split(whereSeparator: \.isWhitespace).map(String.init))

    private static let list = #"""
        0.0.0.000 00000000 01011900 01011910 01011960 01011970 01011971 01011972 01011973 01011974 01011975 01011976
        01011977 01011978 01011979 01011980 01011981 01011982 01011983 01011984 01011985 01011986 01011987 01011988
        01011989 01011990 01011991 01011992 01011993 01011994 01011995 01011999 01012000 01012001 01012010 01012011
        01020304 01021990 01031985 01031988 01031989 01041985 01041988 01061986 01061990 01071986 01081989 01091987
        01091989 01121986 01121988 0123456789 0192837465 02011971 02011975 02011980 02011981 02011982 02011983 02011984
        02011985 02011986 02011987 02011988 02011989 02021971 02021973 02021976 02021979 02021981 02021982 02021983
        02021984 02021985 02021986 02021987 02021988 02021989 02021990 02031970 02031973 02031974 02031975 02031977
        02031978 02031979 02031980 02031981 02031982 02031984 02031985 02031986 02031987 02031988 02031989 02041972
        02041973 02041974 02041975 02041976 02041977 02041978 02041979 02041980 02041981 02041982 02041983 02041984
        02041985 02041986 02041987 02041988 02041989 02051970 02051972 02051973 02051975 02051976 02051977 02051978
        02051980 02051981 02051982 02051983 02051984 02051985 02051986 02051987 02051988 02051989 02061971 02061972
        02061974 02061976 02061977 02061980 02061982 02061983 02061984 02061985 02061986 02061987 02061988 02061989
        02071971 02071975 02071976 02071978 02071979 02071980 02071981 02071982 02071983 02071984 02071986 02071987
        02071988 02071989 02081970 02081973 02081974 02081976 02081977 02081980 02081982 02081983 02081984 02081985
        02081986 02081987 02081988 02081989 02091971 02091973 02091975 02091976 02091977 02091980 02091981 02091983
        02091984 02091985 02091986 02091987 02091989 02101973 02101976 02101977 02101979 02101981 02101983 02101984
        02101985 02101986 02101987 02101988 02101989 03031986 03041986 03041991 03082006 04041988 04041991 05051985
        05051987 05051989 06061986 07071977 07071987 07091990 08031985 08031986 08051990 08081988 08121986 09051945
        10011986 10011990 10031988 10051987 10071987 10101986 10101990 10203040 10293847 1029384756 11051987 11051990
        11061985 11081989 11111111 11112222 1111qqqq 11121986 111222333 11223344 1122334455 11235813 1123581321 12011987
        12021988 12031985 12031987 12051988 12121985 12121990 12131415 12312312 1232323q 123321123 12341234 12344321
        1234509876 123454321 1234554321 123456123 123456654321 12345678 123456789 1234567890 1234567890a 1234567890q
        1234567891 12345678910 1234567899 123456789a 123456789d 123456789m 123456789q 123456789qwe 123456789s 123456789z
        12345678a 12345678q 12345679 1234567a 1234567q 123456aa 123456as 123456qqq 123456qw 123456qwe 123456qwerty
        123456ru 12345abc 12345qaz 12345qwe 12345qwer 12345qwert 12345qwerty 12348765 1234abcd 1234asdf 1234qwer
        1234rewq 1234zxcv 12365478 123654789 12369874 123698745 123789456 123qq123 123qwe123 123qweasd 123qweasdzxc
        123qwert 123qwerty 12qw12qw 12qw34er 12qwaszx 13021990 13031987 13041987 13041988 13061986 13121985 13243546
        134679852 135792468 1357924680 135798642 14021985 14021986 14061991 14111986 14725836 147258369 147852369
        14789632 147896325 14881488 15011987 15021985 15051981 15051990 15101986 15426378 16051987 16051989 16121987
        17011987 17051988 17061988 18011987 18061990 18091985 18121812 18436572 19061987 19101987 19283746 192837465
        19411945 1a2b3c4d 1a2s3d4f 1michael 1million 1q2w3e4r 1q2w3e4r5 1q2w3e4r5t 1q2w3e4r5t6y 1qa2ws3ed 1qaz2wsx
        1qaz2wsx3edc 1qazxsw2 1qazxsw23edc 1qazzaq1 1qw23er4 1x2zkg8w 1z2x3c4v 20031987 20051988 20061988 20091988
        20091991 20111986 21011989 21031987 21031988 21031990 21051988 21051991 21101986 22011988 22021986 22021989
        22031984 22041987 22041988 22061941 22071986 23021986 23041987 23skidoo 24011985 24061986 24111989 25031987
        25041988 25081988 25091987 25121987 25800852 25802580 26031988 26061987 27061988 28011987 28021990 28021992
        28041987 29011985 29051989 29071983 30031988 30041986 30051985 31011987 31415926 321654987 369258147 44332211
        45m2do5bs 4815162342 5wr2i7h8 66613666 66666666 69camaro 73501505 74108520 741852963 7777777a 78945612 789456123
        7894561230 789654123 7ugd5hip2j 88888888 8j4ye3uz 9293709b13 963852741 987456321 987654321 a1234567 a12345678
        a123456789 a1b2c3d4 a1s2d3f4 aa123456 aardvark abc12345 abcd1234 abcdefg1 abcdefgh aberdeen abnormal abracadabra
        abrakadabra acapulco access14 achilles acidburn adgjmptw admin123 admin1234 administrator adrenalin agent007
        airborne airforce airplane albatros alcatraz alejandr aleksandr aleksandra alessandro alexande alexander1
        alexandr alexandre alleycat allison1 alpha123 alphabet alterego amateurs ambrosia america1 amethyst amsterda
        amsterdam anaconda anastasi anastasiya andromed andromeda andyod22 angel123 anhyeuem antelope anthony1 apollo11
        apollo13 apple123 applepie aquarius archange argentin armagedon armstron arsenal1 asdasd123 asdf1234 asdfasdf
        asdffdsa asdfg123 asdfgh01 asdfghjk asdfghjkl asdfzxcv asdqwe123 aspirine atlantis austin31 australi avalanch
        awesome1 azertyui azertyuiop azsxdcfv babybear babyblue babycake babydoll babyface babygirl babylon5 babylove
        backbone backdoor balloons ballsack baltimor baracuda barbados barcelon barcelona barefeet barefoot baritone
        barselona baseball baseball1 basketba bcfields bearcats beatles1 beautifu beefcake beethove bendover benessere
        bergkamp bettyboo bigballs bigblock bigbooty bigdaddy bigmoney bigpoppa bigtruck billabon billybob billyboy
        binladen bismarck bismillah blackbir blackbird blackcat blackdog blackhaw blackjac blackjack blacklab blackout
        blahblah blessing blink182 blizzard blue1234 blueball bluebell blueberr bluebird blueeyes bluefish bluejays
        bluemoon bluesman bobafett bobdylan bobmarley bollocks bonehead bookworm boomboom borabora bordeaux borussia
        bradley1 brandon1 brighton broncos1 brooklyn brucelee bubba123 bubbles1 buckeyes buckshot budapest buddy123
        buddyboy budlight budweise budweiser buffalo1 bulldog1 bulldogs bullfrog bullseye bunghole buster12 bynthytn
        cabernet cadillac caliente californ caligula calimero callisto camaross cambiami cambridg cameltoe cameron1
        candyman cannabis cannibal cantona7 capetown capitals capricor capricorn capslock captain1 cardinal carebear
        carlitos carnival carolina carpedie carpente cartman1 cartoons casanova cashflow cashmone cashmoney catherin
        catwoman cavalier cbr900rr cdtnkfyf cerberus cfitymrf chainsaw challeng champion changeme changeme123 chargers
        charisma charles1 charlie1 charlie2 charlott charlton checkers cheerleaers chelsea1 cherokee cherries cheshire
        chester1 chevelle chevrole chevrolet cheyenne chicago1 chicken1 chickens chipmunk chocolat choochoo chris123
        chrisbln christia christin christma christop chrysler chuckles cinnamon cjkysirj clarinet claudia1 claymore
        cleopatr clevelan clippers clitoris cnfybckfd cocacola coldbeer coldplay colombia colorado coltrane comanche
        commande commando computer computer1 concorde concrete consumer cooldude coolhand coolness corleone
        correcthorsebatterystaple corvette cosworth coventry cowboys1 crazybab creampie creative crescent cricket1
        crjhgbjy crusader crystal1 cutiepie cyclones cygnusx1 daisydog dannyboy darkange darkangel darklord darkness
        darkside darkstar david123 dbrnjhbz deadhead deadpool death666 deepthroat deeznuts deeznutz default123 defender
        deftones delpiero demon666 derparol designer destiny1 devil666 devildog dfcbkbcf dfktynby dfktynbyf diamond1
        diamonds dietcoke digital1 dilbert1 dilligaf dingdong dinosaur dirtbike discover dkflbckfd dkflbvbh doberman
        dodgeram dodgers1 doghouse dogpound dolemite dolphin1 dolphins dominion dominiqu dontknow doomsday dortmund
        doughboy dragon12 dragon123 dragon69 dragonba dragonball dragonballz dragonfl dragster dreamcas drowssap
        drpepper drummer1 dthjybrf dutchess dynamite earnhard earthlink eastside eastwood eatmenow eclipse1 eggplant
        einstein ekaterina elcamino eldorado electric electron elephant elisabet elizabet elizaveta enforcer engineer
        england1 enternow enterpri enterprise erection ericsson escalade espresso eternity evangelion everlast evolutio
        excalibu excalibur explorer f00tball fairlane fandango fantasia fantomas farscape fastball favorite6 fearless
        feelgood fellatio ferrari1 fgtkmcby fidelity fireball firebird fireblad firefigh firewall fishbone fisherman
        fishhead fishing1 fkbyjxrf fktrcfylh fktrcfylhf flamengo flamingo flexible flipflop flipper1 florida1 flounder
        flvbybcnhfnjh flyers88 football football1 fordf150 forever1 forgetit formula1 forsaken foxylady francesc
        francisc frankie1 freckles frederik freebird freedom1 freefall freeuser friendster front242 frontier fullmoon
        funstuff fussball futurama fyfcnfcbz fyfnjkbq fyutkbyf fyutkjxtr gabriel1 gabriell gamecube gameover gandalf1
        gangbang gangster gannibal garfield gargoyle gateway1 gateway2 gatorade gbhfvblf genesis1 geronimo gesperrt
        getmoney gfhjkm123 gfhjkmgfhjkm ghbdtn123 ghbdtnbr ghblehjr ghbywtccf ghhh47hj7649 ghjcnbnenrf ghjcnjgfhjkm
        ghjcnjnfr ghjuhfvvf ghostrider gigabyte gladiato gladiator gn56gn56 godfathe godfather godsmack godzilla
        gogators goldeney goldeneye goldfing goldfish goldstar goldwing golfball good123654 goodgirl goodluck goodtime
        goodyear gordon24 gotohell greatone greedisgood green123 greenbay greenday gsxr1000 gtnhjdbx guardian guest123
        guillaum guinness hairball halflife hallo123 hallowee handball handyman hannibal happy123 happyday hardball
        hardcore hardrock hardwood harrypotter hattrick hawaii50 hawaiian hawkeyes hayabusa heather1 hedgehog heineken
        hellfire hello123 hellokitty hellsing hellyeah hercules herewego hetfield highbury highheel highland highlander
        highlife hillbill hiroba123 hollywoo homemade homepage honeybee hongkong honolulu hooligan hoosiers hotgirls
        hotstuff hounddog houston1 htubcnhfwbz hurrican huskers1 hyperion icecream icehouse idontkno idontknow ihateyou
        ilikepie illusion ilovegod iloveyou iloveyou1 iloveyou2 immortal implants infiniti infinity insomnia inspiron
        intercourse internet intrepid intruder inuyasha ireland1 irishman ironmaiden islander istanbul istheman italiano
        iverson3 jackson1 jackson5 james007 james123 jamesbon jamesbond jasmine1 jayhawks jeepster jefferso jellybea
        jellybean jennifer1 jessica1 jesus123 jiggaman johannes johncena johndeer johngalt johnson1 jordan23 josephin
        junkmail jupiter1 just4fun justdoit justice1 juventus kakashka kamasutra kamikaze kangaroo karolina katarina
        katerina kawasaki kazantip kcchiefs kcj9wx5n kenworth keyboard keystone killbill killer12 killer123 kingfish
        kingkong kingston kittycat kittykat kjrjvjnbd kleopatra klondike knickers knockers knuckles konstantin kordell1
        koroleva krasotka krokodil labrador lacrosse laetitia lakeside lakewood lalakers lancelot laserjet lasvegas
        leavemealone lebowski leedsutd left4dead lemonade lenochka letmein1 letmein123 letmein2 letsdoit lfitymrf
        liberty1 lifehack lightnin lightning limewire lineage2 lionking liverpoo liverpool liverpool1 ljxtymrf lockdown
        logitech lokomotiv lol12345 lollipop lollypop lonesome lonestar lonewolf longdong longhair longhorn longjohn
        love1234 lovelife loverboy loverman lowrider luckydog luckyone lunchbox macaroni macdaddy macintos madagaskar
        madison1 magellan magician magicman mailcreated5240 majestic makaveli maksimka mallorca mallrats mamacita
        mamapapa manchest manchester mandarin mandingo mandrake maradona marathon marcello marcius2 margarit marijuan
        marijuana mariners marines1 marino13 mariposa marlboro marseill marseille maryjane masamune maserati mash4077
        master12 master123 masterbate masterbating matchbox matthew1 matthias maverick maxwell1 mazafaka mazda626
        mazdarx7 meatball meathead meatloaf mechanic megadeth megatron melanie1 melissa1 meowmeow mephisto mercedes
        mercury1 meridian mersedes metallic metallica metallica1 michael1 michael2 michigan microlab microphone microsof
        microsoft midnight millenium millwall minecraft minimoni mischief misfit99 mistress modelsne mollydog monalisa
        money123 moneyman mongoose monkey12 monkey123 monkeybo monopoly monster1 montana1 montecar montgom240 montreal
        montrose moonbeam moonligh moonlight moonshin morpheus morrowind mortgage mortimer motherlode motocros motorola
        mountain mudvayne multiplelo munchkin mushroom musicman mustang1 mustang2 mustang5 mustang6 mustangs mynameis
        myxworld nascar24 natalie1 natasha1 natedogg naughty1 nautilus navigator navyseal ncc1701a ncc1701d ncc1701e
        ncc74656 nebraska nemrac58 netscape nevermind nevermore newcastl newyork1 nightmar nightwish nineball nineinch
        nintendo nirvana1 nokia5800 nokia6233 nokia6300 nokian73 noname123 normandy nostromo notebook notredam nounours
        nthvbyfnjh nuttertools nwo4life nygiants oblivion obsidian opendoor operator optimist overkill overlord p0015123
        p0o9i8u7 p4ssw0rd p@ssw0rd p@ssword pa55w0rd pa55word packers1 paintbal paintball pakistan paladin1 pallmall
        palmtree panasoni panasonic pantera1 panther1 panthers pantyhos papamama papillon paradigm paradise paramedi
        parlament pasadena passw0rd password password1 password12 password123 password1234 passwort patches1 pathfind
        patrick1 patriots pavement pavilion peaches1 pearljam peekaboo penetration penguin1 penguins penthous perfect1
        peterbil peterpan pharmacy phialpha philippe phillies phoenix1 pianoman piercing pimpdadd pineappl pineapple
        pinetree pingpong pinkfloy pinkfloyd pinnacle pipeline piramida pizzaman plastics platinum platypus playball
        playboy1 playboy2 playmate playstat playstation playtime plymouth poiuytrewq pokemon1 polniypizdec0211 poohbear
        pool6123 poontang popcorn1 porkchop porsche1 porsche9 portland portugal poseidon power123 preacher precious
        predator presario presiden princesa princess princess1 pringles private1 pufunga7782 pumpkin1 pumpkins punisher
        punkrock puppydog q1234567 q123456789 q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6 q2w3e4r5 qawsedrf qazwsx12 qazwsx123
        qazwsxed qazwsxedc qazwsxedc123 qazwsxedcrfv qazxswedc qwe123qwe qweasd123 qweasdzxc qweasdzxc123 qwer1234
        qwerasdf qwerasdfzxcv qwert123 qwert12345 qwerty11 qwerty12 qwerty123 qwerty1234 qwerty12345 qwerty123456
        qwertyui qwertyuio qwertyuiop r2d2c3po radiohea radiohead ragnarok raiders1 rainbow1 rainbow6 rainbows rainyday
        raistlin rammstein rangers1 rasputin rastaman realmadrid rebecca1 reckless redalert redbaron reddevil reddwarf
        redskins redwings remingto renegade revoluti revolver rfhfvtkmrf rfhnjirf rfnthbyf rfntymrf rfvfcenhf rhbcnbyf
        rhfcfdbwf rhfcjnrf rhjrjlbk rhtdtlrj riccardo richard1 riffraff rightnow riversid rjhjktdf rjirfrgbde rjycnfynby
        roadkill roadking roadrunn roadrunner roadster robotech robotics rockford rockhard rocknrol rocknroll rockstar
        rolltide romashka ronaldinho rootbeer runescape rush2112 rustydog sabrina1 sailboat salamander salasana samantha
        sammy123 samsung1 sandiego sandrine sapphire saratoga sasha123 sasha_007 satan666 sausages scarface scheisse
        scoobydo scoobydoo scooter1 scorpio1 scorpion scotland scrabble scrapper screamer seahawks sebastia secret123
        security segblue2 seinfeld seminole semperfi senators sentinel sephiroth septembe serenity sergbest sersolution
        shadow12 shamrock shaney14 shannon1 sheepdog sherlock showtime sidekick sigmachi silverad simpsons singapor
        sinister sithlord skateboard skinhead skipper1 skittles skorpion skywalke skywalker slamdunk slapshot slimshad
        slimshady slipknot slippery slowhand smackdow smackdown smashing smeghead smirnoff smoothie sneakers snickers
        snoopdog snowball snowbird snowboar snowboard snowflak snuggles soccer10 soccer12 socrates softball software
        sojdlg123aljg solitude sonyericsson sopranos soso123aljg soulmate southpar southpark southpaw spaceman sparkles
        spartan1 spartans special1 specialk spectrum spencer1 spiderma spiderman spitfire splinter spongebo spongebob
        sprinter squirrel srinivas stallion stanislav stanley1 starbuck starcraf starcraft stardust starfire starfish
        stargate starligh starship startrek starwars starwars1 steelers stephani stephen1 stewart1 stickman stigmata
        stingray stocking stonecol stonecold stranger stratfor strawber strawberry streaming stripper success1 summer69
        summer99 sundance sundevil sunflowe sunflower sunlight sunnyday sunshine sunshine1 super123 superfly superman
        superman1 supernov supernova supersonic supersta superstar survivor svetlana sweetnes sweetness sweetpea
        swimming swingers swinging swordfis swordfish sylveste syncmaster syracuse tacobell taekwondo talisman tamerlan
        tampabay tarheels tazmania technics teddybea teddybear telephon tennesse terminat terminator terrapin test1234
        testing1 testing123 testtest thailand thanatos thankyou thebeast thedoors theforce thegreat therock1 thirteen
        thisisit threesom thuglife thumper1 thunder1 thunderb tiberius ticklish tiffany1 tiger123 tigercat tinkerbe
        tinkerbell titanium titleist tkbpfdtnf tokiohotel tomahawk tommyboy toonarmy toriamos tottenha tottenham
        translator traveler treasure treefrog trfnthbyf triangle trinitro trinitron trinity1 trombone trooper1 trouble1
        trucking truelove trumpet1 trustno1 tunafish turkey50 twilight ultimate umbrella underdog undertak undertaker
        universa user1234 username usmarine vacation vagabond valentin valentina valhalla valkyrie vampire1 vancouve
        vanessa1 vanguard vanhalen vasilisa vauxhall vendetta verbatim veronika vfhufhbnf vfitymrf vfntvfnbrf vfrcbvrf
        vfvfgfgf viewsoni viewsonic vikings1 viktoria viktoriya vincent1 violetta vipergts virginie vjqgfhjkm vkontakte
        vladimir vladislav volkswag volleyba voyager1 vqsablpzla vsjasnel12 wanderer warcraft wareagle warhamme
        warhammer warrior1 warriors washingt waterboy waterloo weare138 webhompas webmaste webmaster welcome1 welcome123
        werewolf westside westwood wg8e3wjf whatever whiplash whiskers whistler whiteboy whiteout whitesox whocares
        wildbill wildcard wildcats wildfire wildwood william1 windmill windsurf winston1 wishbone wolfgang wolfpack
        wolverin wolverine wonderboy wonderfu woodland woodstoc woofwoof wp2003wp wrangler wrestlin wrinkle1 yamahar1
        yankees1 yankees2 yeahbaby yfcntymrf yjdsqgfhjkm yogibear yosemite z1x2c3v4 zachary1 zanzibar zaq12wsx zaq1xsw2
        zaqwsxcde zaqxswcde zeppelin zerocool zildjian zxasqw12 zxcasdqwe zxcasdqwe123 zxcv1234 zxcvb123 zxcvbnm1
        zxcvbnm123
        """#
}
