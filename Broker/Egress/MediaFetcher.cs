using Google.Protobuf;
using Polydev.Broker.Conversations;
using Polydev.Broker.Errors;
using Polydev.Shared.Text;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Egress;

/// <summary>
/// Fetches the pictures and documents of a conversation that are named by their addresses: from there on they are as if they had been sent
/// as data.
/// </summary>
internal sealed class MediaFetcher(AddressFetcher fetcher, EgressOptions options, ILogger<MediaFetcher> logger)
{
    private const int AtOnce = 4;

    private static readonly ApiError TooLarge = new(
        ApiErrorKind.TooLarge,
        $"The pictures and documents at addresses come to more than {TunnelProtocol.MaxItemBytes / 1_000_000} MB in all.");

    /// <summary>Each address once, however often it is named: clients send a whole history with each question.</summary>
    /// <exception cref="ApiException">One cannot be had, or is not what may stand in its place; or there are too many.</exception>
    public async Task FetchAsync(Conversation conversation, CancellationToken ending)
    {
        var places = conversation.Media.Where(media => media.IsAwaited).GroupBy(media => media.Address!.Url).ToList();
        Check(places);
        var bytes = 0L;
        var few = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ending };
        await Parallel.ForEachAsync(places, few, async (named, ending) =>
        {
            var fetched = await FetchAsync(named, ending);
            if (Interlocked.Add(ref bytes, fetched.Data.Length) > TunnelProtocol.MaxItemBytes)
            {
                throw new ApiException(TooLarge);
            }

            foreach (var media in named)
            {
                Put(fetched, media);
            }
        });
    }

    private void Check(List<IGrouping<Uri, CallerMedia>> places)
    {
        if (!options.Fetches)
        {
            throw Refuse(places[0].First(), "this broker does not fetch addresses. Send the data itself.");
        }

        if (places.Count > RequestBounds.Addresses)
        {
            throw Refuse(
                places[RequestBounds.Addresses].First(),
                $"it is one of more than {RequestBounds.Addresses} addresses in the request. Send the data itself.");
        }
    }

    private async Task<Fetched> FetchAsync(IGrouping<Uri, CallerMedia> named, CancellationToken ending)
    {
        try
        {
            return await fetcher.FetchAsync(named.Key, ending);
        }
        catch (EgressException e)
        {
            var host = PlainText.Line(named.Key.Host);
            EgressLog.Refused(logger, host, e.Message);
            throw Refuse(named.First(), e.Message);
        }
    }

    private static void Put(Fetched fetched, CallerMedia media)
    {
        var (part, address) = (media.Part, media.Address!);
        part.MimeType = MediaTypes.OfFetched(address, fetched.Type, fetched.Data) ?? throw Refuse(
            media, $"what lies there is of {MediaTypes.Shown(fetched.Type)}. Here only {address.Kinds.Words()} taken.");
        part.Data = UnsafeByteOperations.UnsafeWrap(fetched.Data);
    }

    private static ApiException Refuse(CallerMedia media, string message) =>
        new(ApiError.Invalid(media.Path.ToString(), $"Invalid '{media.Path}': {message}"));
}
