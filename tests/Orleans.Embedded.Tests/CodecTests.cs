using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Embedded.Tests;

/// <summary>What is written is read, by this version and by others; what was not written by us does no harm.</summary>
public sealed class CodecTests
{
    private static readonly Everything Full = new()
    {
        Flag = true, Number = -5, Maybe = long.MinValue, Real = Math.PI, Text = "häß\n", Key = Guid.Parse("0a1b2c3d-0000-1111-2222-333344445555"),
        At = new DateTimeOffset(2026, 11, 24, 1, 2, 3, TimeSpan.FromMinutes(-90)), Span = TimeSpan.FromTicks(-1), Color = Color.Green,
        Leaves = [new Leaf("a", 1), null, new Leaf(null, -1)], Map = ImmutableDictionary<string, int>.Empty.Add("x", 1).Add("", 2),
        Bytes = new byte[] { 1, 2, 0 }, Box = new Box<Leaf>(new Leaf(new string('y', 1000), 3), null), Shape = new Circle("round", 2.5), Pair = (4, null),
        Uri = new Uri("https://example.org/a?b"), Price = -1.5m, Any = new Box<int>(9, "e"), Grain = GrainId.Create("t", "k/ey"),
        Stream = StreamId.Create("ns", "key"), Inner = new Everything { Text = null },
    };

    [Fact]
    public void Every_kind_of_member_is_read_as_it_was_written()
    {
        var read = Copy(Full);
        Assert.Equal(Full.Leaves, read.Leaves);
        Assert.Equal(Full.Map.OrderBy(p => p.Key), read.Map.OrderBy(p => p.Key));
        Assert.Equal(Full.Bytes.ToArray(), read.Bytes.ToArray());
        Assert.Equal(TimeSpan.FromMinutes(-90), read.At.Offset);
        Assert.Null(read.Inner!.Text);
        Assert.Equal(Full with { Leaves = [], Map = read.Map, Bytes = default, Inner = null }, read with { Leaves = [], Bytes = default, Inner = null });
    }

    [Fact]
    public void Whatever_the_values_are_they_are_read_as_they_were_written() => Check.QuickThrowOnFailure(Prop.ForAll(
        Arb.From(from text in ArbMap.Default.GeneratorFor<string?>()
            from number in ArbMap.Default.GeneratorFor<long>()
            from maybe in ArbMap.Default.GeneratorFor<long?>()
            from real in ArbMap.Default.GeneratorFor<double>()
            from at in ArbMap.Default.GeneratorFor<DateTimeOffset>()
            from texts in ArbMap.Default.GeneratorFor<string?[]>()
            from bytes in ArbMap.Default.GeneratorFor<byte[]>()
            select new Everything
            {
                Text = Valid(text), Number = (int)number, Maybe = maybe, Real = real, At = at, Span = new TimeSpan(number),
                Leaves = [.. texts.Select(t => t is null ? null : new Leaf(Valid(t), number))], Bytes = bytes,
                Any = text is null ? number : Valid(text), Box = new Box<Leaf>(new Leaf(Valid(text), number), null),
            }),
        value =>
        {
            var read = Copy(value);
            return read.Leaves.SequenceEqual(value.Leaves) && read.Bytes.Span.SequenceEqual(value.Bytes.Span)
                && (read with { Leaves = [], Bytes = default }).Equals(value with { Leaves = [], Bytes = default, Map = read.Map });
        }));

    [Fact]
    public void A_newer_version_s_members_are_passed_over_and_an_older_one_s_keep_their_defaults()
    {
        var old = Convert<New, Old>(new New("n", Full, 3));
        Assert.Equal(new Old("n"), old);
        var @new = Convert<Old, New>(new Old("o") { Kept = "x" });
        Assert.Equal(new New("o", null), @new);
        Assert.Equal(7, @new.Count);
    }

    [Fact]
    public void A_value_that_its_declared_type_does_not_tell_goes_by_its_alias()
    {
        Assert.Equal(new Circle("c", 1), Copy<Shape>(new Circle("c", 1)));
        Assert.Equal("text", Copy<object>("text"));
        Assert.Equal(new Box<Box<string>>(new Box<string>("deep", null), null), Copy<object>(new Box<Box<string>>(new Box<string>("deep", null), null)));
        Assert.Equal("test.box`1[test.leaf]", TypeNames.Of(typeof(Box<Leaf>)));
        Assert.Equal(typeof(Box<Leaf>), TypeNames.Find("test.box`1[test.leaf]"));
        Assert.Null(TypeNames.Find("System.Diagnostics.Process"));
        Assert.Null(TypeNames.Find("test.box`1[test.box`1[test.leaf]"));
    }

    [Fact]
    public void An_exception_keeps_type_message_stack_and_cause()
    {
        var thrown = Assert.Throws<InvalidOperationException>(() => Throw(new InvalidOperationException("what", new ForeignException(5))));
        var read = Copy<Exception>(thrown);
        Assert.IsType<InvalidOperationException>(read);
        Assert.Equal("what", read.Message);
        Assert.Contains(nameof(Throw), read.ToString(), StringComparison.Ordinal);
        Assert.Equal("It failed with 5.", Assert.IsType<ForeignException>(read.InnerException).Message);
        Assert.Equal("x (Parameter 'p')", Copy<Exception>(new ArgumentException("x", "p")).Message);
        Assert.IsType<TaskCanceledException>(Copy<Exception>(new TaskCanceledException()));
        Assert.NotEmpty(Copy<Exception>(new AggregateException("several", new IOException("one"))).ToString());
    }

    [Fact]
    public void An_exception_of_a_type_that_is_not_here_says_what_it_was()
    {
        var writer = new WireWriter();
        CodecProvider.Shared.Get<Exception>().Write(writer, 0, new ForeignException(1));
        var bytes = writer.Written.ToArray();
        // The same length, another name.
        bytes.AsSpan(bytes.AsSpan().IndexOf("ForeignException"u8), 7).Fill((byte)'X');
        var read = Assert.IsType<UnavailableExceptionFallbackException>(Read<Exception>(bytes));
        Assert.StartsWith("Orleans.Embedded.Tests.XXXXXXXException", read.ExceptionType, StringComparison.Ordinal);
        Assert.Equal("It failed with 1.", read.Message);
    }

    [Fact]
    public void A_type_that_cannot_be_serialised_is_told_with_the_member_that_leads_to_it()
    {
        var error = Assert.Throws<CodecNotFoundException>(() => Copy(new Unserialisable("n", [])));
        Assert.Contains("Unserialisable.Streams cannot be serialised", error.Message, StringComparison.Ordinal);
        Assert.Contains("There is no codec for System.IO.Stream: make it a record", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_bytes_at_all_end_in_a_value_or_in_one_exception() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(
        Arb.From(ArbMap.Default.GeneratorFor<byte[]>()), bytes => IsHarmless(bytes)));

    [Fact]
    public void Every_cut_and_every_changed_byte_of_a_real_value_ends_in_a_value_or_in_one_exception()
    {
        var bytes = Write(Full);
        for (var length = 0; length < bytes.Length; length++) Assert.True(IsHarmless(bytes[..length]));
        var random = new System.Random(1);
        for (var i = 0; i < bytes.Length; i++)
        {
            var changed = bytes.ToArray();
            changed[i] = (byte)random.Next(256);
            Assert.True(IsHarmless(changed));
        }
    }

    [Theory]
    [InlineData("Bytes")]
    [InlineData("Sequence")]
    public void A_huge_length_is_refused_before_anything_is_allocated(string name)
    {
        var kind = Enum.Parse<WireKind>(name);
        var writer = new WireWriter();
        writer.Tag(0, WireKind.Group);
        writer.Tag(kind == WireKind.Bytes ? 12u << 3 : 10u << 3, kind);
        writer.Varint(1_000_000_000);
        var bytes = writer.Written.ToArray();
        IsHarmless(bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<WireFormatException>(() => Read<Everything>(bytes));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        var writer = new WireWriter();
        for (var i = 0; i < 100_000; i++) writer.Tag(i == 0 ? 0 : 21u << 3, WireKind.Group);
        Assert.Contains("nested", Assert.Throws<WireFormatException>(() => Read<Everything>(writer.Written.ToArray())).Message, StringComparison.Ordinal);
        writer.Clear();
        for (var i = 0; i < 100_000; i++) writer.Tag(i == 0 ? 0 : 99u << 3, WireKind.Group);
        Assert.Throws<WireFormatException>(() => Read<Everything>(writer.Written.ToArray()));
    }

    private static bool IsHarmless(byte[] bytes)
    {
        try
        {
            Read<Everything>(bytes);
        }
        catch (SerializerException)
        {
            // What a peer is told.
        }
        return true;
    }

    private static string? Valid(string? text) => text is null ? null : new string([.. text.Where(c => !char.IsSurrogate(c))]);

    private static void Throw(Exception error) => throw error;

    private static T Copy<T>(T value) => Convert<T, T>(value);

    private static TOut Convert<TIn, TOut>(TIn value) => Read<TOut>(Write(value))!;

    private static byte[] Write<T>(T value)
    {
        var writer = new WireWriter();
        CodecProvider.Shared.Get<T>().Write(writer, 0, value);
        return writer.Written.ToArray();
    }

    private static T? Read<T>(byte[] bytes)
    {
        var reader = new WireReader();
        reader.Begin(bytes, 0, bytes.Length);
        return CodecProvider.Shared.Get<T>().Read(reader, reader.Kind());
    }
}
