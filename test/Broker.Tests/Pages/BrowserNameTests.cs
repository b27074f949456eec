using Polydev.Broker.Pages.Settings;

namespace Polydev.Broker.Tests.Pages;

public sealed class BrowserNameTests
{
    [TestCase("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux")]
    [TestCase(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
        "Edge on Windows")]
    [TestCase(
        "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
        "Chrome on Android")]
    [TestCase(
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
        "Safari on macOS")]
    [TestCase("curl/8.14.1", "curl/8.14.1")]
    [TestCase("", "A browser that does not say which")]
    public void Of_WhatABrowserSays_IsTwoWords(string agent, string name) => Assert.That(BrowserName.Of(agent), Is.EqualTo(name));

    [Test]
    public void Of_ALongText_IsCut() => Assert.That(BrowserName.Of(new string('x', 200)), Has.Length.LessThanOrEqualTo(40));
}
