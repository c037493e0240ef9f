import Testing
import Timing

@Suite struct TimingTests {
    @Test func `a part of a unit is a whole one, and nothing is nothing`() {
        #expect(Duration.microseconds(1).wholeMilliseconds == 1)
        #expect(Duration.microseconds(1_001).wholeMilliseconds == 2)
        #expect(Duration.milliseconds(7).wholeMilliseconds == 7)
        #expect(Duration.milliseconds(1_200).wholeSeconds == 2)
        #expect(Duration.nanoseconds(3).wholeNanoseconds == 3)
        #expect(Duration.zero.wholeMilliseconds == 0)
        #expect(Duration.seconds(-5).wholeMilliseconds == 0 && Duration.seconds(-5).wholeNanoseconds == 0)
    }

    @Test func `what does not fit becomes the largest that does`() {
        let ages = Duration(secondsComponent: .max, attosecondsComponent: 0)
        #expect(ages.wholeSeconds == .max && ages.wholeMilliseconds == .max && ages.wholeNanoseconds == .max)
        #expect(Duration(secondsComponent: .min, attosecondsComponent: 0).wholeMilliseconds == 0)
    }

    @Test func `pauses double up to the longest, shortened by a half at most`() {
        var backoff = Backoff(first: .milliseconds(20), longest: .milliseconds(100))
        for ceiling in [20, 40, 80, 100, 100] {
            let pause = backoff.next()
            #expect(pause <= .milliseconds(ceiling) && pause >= .milliseconds(ceiling) / 2)
        }
        backoff.reset()
        #expect(backoff.next() <= .milliseconds(20))
    }

    @Test func `a longest pause of any length is no arithmetic fault`() {
        let ages = Duration(secondsComponent: .max, attosecondsComponent: 0)
        var backoff = Backoff(first: .seconds(1), longest: ages)
        for _ in 0..<200 { #expect(backoff.next() <= ages) }
    }
}
