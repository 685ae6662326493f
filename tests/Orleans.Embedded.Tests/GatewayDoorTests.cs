using System.Diagnostics;
using System.Buffers.Binary;
using System.Net.Sockets;
using Orleans.Gateway;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Embedded.Tests;

/// <summary>Who is let in, and what becomes of those who speak nonsense.</summary>
public sealed class GatewayDoorTests
{
    [Fact]
    public async Task Only_the_owner_can_open_the_socket()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes.");
        if (OperatingSystem.IsWindows()) return;
        await using var door = await Door.OpenAsync();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(door.Path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(door.Path)!));
    }

    [Fact]
    public void A_path_too_long_for_a_socket_is_refused_with_its_length()
    {
        var path = $"/tmp/{new string('x', 120)}/gateway.sock";
        var error = Assert.Throws<OrleansConfigurationException>(() => GatewaySocket.Listen(path));
        Assert.Contains($"has a path of {path.Length} bytes", error.Message, StringComparison.Ordinal);
        Assert.Contains("at most 107", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_silo_on_the_same_socket_is_refused()
    {
        await using var door = await Door.OpenAsync();
        var error = await Assert.ThrowsAsync<OrleansConfigurationException>(door.StartSiloAsync);
        Assert.Contains($"Another process listens on '{door.Path}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_socket_that_a_killed_silo_left_behind_is_replaced()
    {
        await using var door = await Door.OpenAsync();
        await door.StopSiloAsync();
        using (var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            left.Bind(new UnixDomainSocketEndPoint(door.Path));
        }
        await File.WriteAllTextAsync(door.Path + ".x", "");
        await door.StartSiloAsync();
        Assert.Equal(1, await (await door.ConnectAsync()).GetGrain<IDoorGrain>("x").Add(1));
    }

    public static TheoryData<string, byte[]> Nonsense => new()
    {
        { "GET / HTTP/1.1", "GET / HTTP/1.1\r\n\r\n"u8.ToArray() },
        { "a frame of no bytes", new byte[4] },
        { "a huge frame", [0xff, 0xff, 0xff, 0x7f, 1] },
        { "another kind first", Frame([5, 0, 0]) },
        { "another magic", Frame([1, 1, 2, 3, 4, 5, 6, 7, 8, 1, 0, 0]) },
        { "a hello cut short", Frame([1, 1]) },
        { "a name that reaches beyond", Frame([1, 0x53, 0x45, 0x47, 0x57, 0, 0, 0, 0, 1, 0x7f]) },
    };

    [Theory, MemberData(nameof(Nonsense))]
    public async Task A_connection_that_speaks_nonsense_is_closed_with_a_reason_and_nobody_else_is(string what, byte[] bytes)
    {
        await using var door = await Door.OpenAsync();
        var client = await door.ConnectAsync();
        using var raw = await door.RawAsync();
        await raw.SendAsync(bytes);
        await ClosedAsync(raw);
        Assert.Contains(door.Warnings, warning => warning.StartsWith($"Gateway {door.Path}: the connection of process {Environment.ProcessId} was closed: ", StringComparison.Ordinal));
        Assert.True(await client.GetGrain<IDoorGrain>(what).Add(1) == 1);
    }

    [Fact]
    public async Task Another_version_of_the_protocol_or_another_cluster_is_refused_with_both_named()
    {
        await using var door = await Door.OpenAsync();
        using var raw = await door.RawAsync();
        await raw.SendAsync(Frame([1, 0x53, 0x45, 0x47, 0x57, 0, 0, 0, 0, 99, 0, 0]));
        await ClosedAsync(raw);
        Assert.Contains(door.Warnings, warning => warning.Contains("version 1 of the gateway's protocol and the client 99", StringComparison.Ordinal));
        var error = await Assert.ThrowsAsync<SiloUnavailableException>(() => door.ConnectAsync(
            client => Hosting.ClientBuilderExtensions.Configure<Configuration.ClusterOptions>(client, options => options.ClusterId = "elsewhere")));
        Assert.Contains("'elsewhere'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_of_another_user_is_turned_away_even_where_the_file_system_lets_it_in()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists("/usr/bin/setpriv") && File.Exists("/usr/bin/curl"), "To connect as another user takes root, setpriv and curl.");
        await using var door = await Door.OpenAsync();
        const string asNobody = """chmod 777 "$1" "$1"/s "$2" && exec setpriv --reuid=65534 --regid=65534 --clear-groups curl --silent --max-time 20 --unix-socket "$2" http://silo/""";
        using var stranger = Process.Start("/bin/sh", ["-c", asNobody, "sh", door.Directory, door.Path]);
        await stranger.WaitForExitAsync().WaitAsync(Door.Patience);

        Assert.NotEqual(0, stranger.ExitCode);
        Assert.Contains(door.Warnings, warning => warning.Contains("65534", StringComparison.Ordinal));
        Assert.Equal(1, await (await door.ConnectAsync()).GetGrain<IDoorGrain>("mine").Add(1));
    }

    [Fact]
    public async Task Random_frames_after_a_proper_hello_never_end_the_silo()
    {
        await using var door = await Door.OpenAsync();
        var random = new Random(5);
        for (var round = 0; round < 300; round++)
        {
            using var raw = await door.RawAsync();
            await raw.SendAsync(Frame([1, 0x53, 0x45, 0x47, 0x57, 0, 0, 0, 0, 1, 7, .. "default"u8, 7, .. "default"u8]));
            Assert.True(await raw.ReceiveAsync(new byte[64 * 1024]) > 0);
            var body = new byte[random.Next(1, 200)];
            random.NextBytes(body);
            body[0] = (byte)random.Next(4, 9);
            try
            {
                await raw.SendAsync(Frame(body));
            }
            catch (SocketException)
            {
                // Closed already.
            }
        }
        Assert.Equal(1, await (await door.ConnectAsync()).GetGrain<IDoorGrain>("x").Add(1));
    }

    [Fact]
    public async Task A_client_that_asks_and_does_not_read_is_not_read_either_and_gets_every_answer_when_it_does()
    {
        const int textBytes = 100_000;
        const int most = 3_000; // 300 MB of answers
        await using var door = await Door.OpenAsync();
        using var raw = await door.RawAsync();
        raw.SendTimeout = 1000;
        raw.Send(Frame([1, 0x53, 0x45, 0x47, 0x57, 0, 0, 0, 0, 1, 7, .. "default"u8, 7, .. "default"u8]));
        var door1 = RemoteInterface.Of(typeof(IDoorGrain));
        raw.Send(Frame(Written(FrameKind.Bind, writer => Bindings.WriteBind(writer, door1))));
        var asked = 0;
        try
        {
            for (; asked < most; asked++)
            {
                raw.Send(Frame(Written(FrameKind.Request, writer =>
                {
                    writer.Varint((uint)asked + 1);
                    writer.Byte((byte)Operation.Call);
                    writer.Varint(0);
                    writer.Varint((uint)Array.FindIndex(door1.Methods, method => method.Name == "echo"));
                    IdentityCodecs.WriteGrainId(writer, GrainId.Create("test-door", "x"));
                    writer.Varint(0);
                    CodecProvider.Shared.Get<Leaf>().Write(writer, 0, new Leaf(new string('x', textBytes), asked));
                })));
            }
        }
        catch (SocketException full) when (full.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            // Nobody takes it: that is what was to be shown.
        }
        Assert.InRange(asked, 10, most / 2);
        Assert.Equal(1, await (await door.ConnectAsync()).GetGrain<IDoorGrain>("other").Add(1));

        // The last one may have been sent in part, and is not answered.
        var buffer = new byte[1 << 20];
        for (var left = (long)asked * textBytes; left > 0;) left -= await raw.ReceiveAsync(buffer).WaitAsync(Door.Patience) is > 0 and var read ? read : throw new IOException("Closed.");
    }

    private static byte[] Written(FrameKind kind, Action<WireWriter> write)
    {
        var writer = new WireWriter();
        writer.Byte((byte)kind);
        write(writer);
        return writer.Written.ToArray();
    }

    private static byte[] Frame(ReadOnlySpan<byte> body)
    {
        var frame = new byte[4 + body.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, body.Length);
        body.CopyTo(frame.AsSpan(4));
        return frame;
    }

    private static async Task ClosedAsync(Socket raw)
    {
        var buffer = new byte[4096];
        try
        {
            while (await raw.ReceiveAsync(buffer).WaitAsync(Door.Patience) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // Reset, because not all that was sent was read.
        }
    }
}
