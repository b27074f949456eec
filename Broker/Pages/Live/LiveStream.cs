using System.Runtime.CompilerServices;
using Polydev.Broker.Pages.Viewing;

namespace Polydev.Broker.Pages.Live;

/// <summary>One browser's look at a page. Disposed when it leaves.</summary>
internal sealed class LiveStream(LiveLook look, Viewer viewer, Func<ValueTask> leave) : IAsyncDisposable
{
    /// <summary>So often it says, without news, that what is shown still holds: after 5 s of nothing a browser takes it for lost.</summary>
    public static readonly TimeSpan Beat = TimeSpan.FromSeconds(2);

    /// <summary>
    /// First all parts, then those that have changed. A reader who is slow misses what lies between, and gets the newest. Ends when the
    /// person has signed out.
    /// </summary>
    public async IAsyncEnumerable<LiveEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (seen, told) = (0L, DateTimeOffset.MinValue);
        while (true)
        {
            var state = await look.NextAsync(seen, cancellationToken);
            if (!state.Sessions.Contains(viewer.SignedIn!.Session.Id))
            {
                yield break;
            }

            var news = state.Parts.Where(part => part.Value.Turn > seen).ToDictionary(part => part.Key, part => part.Value.Html);
            seen = state.Turn;
            if (news.Count > 0 || state.At - told >= Beat)
            {
                told = state.At;
                yield return new LiveEvent(Wording.Clock(viewer, state.At), news);
            }
        }
    }

    public ValueTask DisposeAsync() => leave();
}

/// <summary>The data of one event.</summary>
/// <param name="At">Of when the figures are, in the viewer's zone: <c>14:38:05</c>.</param>
/// <param name="Parts">HTML by the id of its element; empty: nothing has changed.</param>
internal sealed record LiveEvent(string At, IReadOnlyDictionary<string, string> Parts);
