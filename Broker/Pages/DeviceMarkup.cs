using System.Globalization;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Pages;

/// <summary>What the pages of a device login say.</summary>
internal static class DeviceMarkup
{
    /// <summary>The decision; any other is a denial.</summary>
    public const string Approve = "approve";

    public static readonly PageContent Denied = Result("Denied. Nothing was connected.");

    public static readonly PageContent Ended = Result("This code has ended. Run polydev-mcp login again.");

    public static PageContent Approved(string machine) =>
        Result($"{machine} is approved. Its terminal goes on by itself; you can close this page.");

    public static PageContent Refused(string why) => Result(why);

    public static PageContent Connected(string machine) => Result($"{machine} is connected. You can close this page.");

    public static PageContent Ask(string typed, bool isUnknown) => new("Connect a machine", Html.Of($"""
        {(isUnknown ? PageMarkup.Problem("No such code.", "Look again at the terminal.") : Html.None)}
        <h1>Connect a machine</h1>
        <p class="lede">Type the code that <code>polydev-mcp login</code> shows in its terminal.</p>
        <form class="form" action="{DeviceHandler.PagePath}" method="get">
        <div class="field"><label for="code">Code</label>
        <input class="in code-in" id="code" name="user_code" value="{typed}" placeholder="XXXX-XXXX" autocomplete="one-time-code"
        autocapitalize="characters" spellcheck="false" maxlength="20" required autofocus aria-describedby="help">
        <p class="help" id="help">Eight letters. Upper or lower case, with or without the dash.</p></div>
        <button class="btn btn-go btn-wide" type="submit">Continue</button></form>
        """));

    /// <summary>The code is shown again however one came here, and nothing has the focus: one reads before one acts.</summary>
    public static PageContent Confirm(Html field, DeviceLogin login, MachinePlace place, DateTimeOffset now) =>
        new("Approve a machine", Html.Of($"""
        <h1>Is this your machine?</h1>
        <p class="lede">Approve only if you ran <code>polydev-mcp login</code> yourself and your terminal shows this very code.</p>
        <strong class="code-show" aria-label="{string.Join(' ', login.UserCode.AsEnumerable())}">{UserCode.Show(login.UserCode)}</strong>
        <form class="form" action="{DeviceHandler.PagePath}" method="post">{field}
        <input type="hidden" name="user_code" value="{UserCode.Show(login.UserCode)}">
        <dl class="facts panel">
        <dt>Machine</dt><dd class="strong">{login.MachineName}</dd>
        <dt>Asks with</dt><dd>polydev-mcp {login.ClientVersion}</dd>
        <dt>From</dt><dd>{login.Address}{Network(place)}</dd>
        <dt>Asked</dt><dd>{Age(now - login.CreatedAt)} ago; the code ends at {Time(login.ExpiresAt)} UTC</dd>
        <dt>It may</dt><dd>answer calls of this account with its CLIs. It sees what those calls ask; it cannot read your keys or
        settings.</dd>
        </dl>
        <div class="field"><label for="name">Name it</label>
        <input class="in" id="name" name="machine_name" value="{login.MachineName}" maxlength="{DeviceLogins.LongestName}"></div>
        <button class="btn btn-wide" type="submit" name="decision" value="{Approve}">Approve {login.MachineName}</button>
        <button class="btn btn-wide" type="submit" name="decision" value="deny">Deny</button></form>
        <p class="small muted">Did somebody send you this code or link? Deny: their machine would answer your calls, and read them.</p>
        """));

    private static Html Network(MachinePlace place) => place switch
    {
        MachinePlace.Here => Html.Of($""", <span class="muted">the same address as this browser</span>"""),
        MachinePlace.Elsewhere => Html.Of($""", <span class="warn">another network than this browser</span>"""),
        _ => Html.None,
    };

    private static string Age(TimeSpan age) => age.TotalSeconds < 60
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, (int)age.TotalSeconds)} seconds")
        : string.Create(CultureInfo.InvariantCulture, $"{(int)age.TotalMinutes} min");

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("HH:mm", CultureInfo.InvariantCulture);

    private static PageContent Result(string said) =>
        new("Connect a machine", Html.Of($"""<h1>{said}</h1>"""));
}

/// <summary>Where the machine asks from, seen from the browser that decides.</summary>
internal enum MachinePlace
{
    /// <summary>Behind a proxy that does not say.</summary>
    Unknown,

    Here,
    Elsewhere,
}
