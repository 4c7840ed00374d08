// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.release;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathExpressionException;
import javax.xml.xpath.XPathFactory;
import org.w3c.dom.Document;

/** One artifact that is published, as its files have it. Knows nothing of how they were made. */
final class Published {
    private static final Pattern CLASSIFIER = Pattern.compile("[?&]classifier=([^&]+)");

    private final Path files;
    private final String name;

    /**
     * An artifact.
     *
     * @param directory of the repository that the package has
     * @param artifact  its name
     * @param version   its version
     */
    Published(final Path directory, final String artifact, final String version) {
        files = directory.resolve("dev/sluice").resolve(artifact).resolve(version);
        name = artifact + "-" + version;
    }

    /** A file of it, by what stands behind its name. */
    Path file(final String suffix) {
        return files.resolve(name + suffix);
    }

    /** What an expression of XPath finds in its pom. */
    String pom(final String expression) throws Exception {
        final Document document = DocumentBuilderFactory.newInstance().newDocumentBuilder()
            .parse(new ByteArrayInputStream(Files.readAllBytes(file(".pom"))));
        try {
            return XPathFactory.newInstance().newXPath().evaluate(expression, document);
        } catch (final XPathExpressionException e) {
            throw new IllegalArgumentException("expression=" + expression, e);
        }
    }

    /** Names of all in one of its jars. */
    Set<String> entries(final String suffix) throws IOException {
        try (JarFile jar = new JarFile(file(suffix).toFile())) {
            return jar.stream().filter(entry -> !entry.isDirectory()).map(ZipEntry::getName)
                .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** The components that a list in the form of CycloneDX names: from a jar's name without its end to its SHA-256. */
    static Map<String, String> components(final Path bill) throws IOException {
        final JsonNode document = new ObjectMapper().readTree(bill.toFile());
        if (!document.get("bomFormat").asText().equals("CycloneDX")) {
            throw new AssertionError(document);
        }
        final Map<String, String> components = new HashMap<>();
        for (final JsonNode component : document.get("components")) {
            for (final JsonNode hash : component.get("hashes")) {
                if (hash.get("alg").asText().equals("SHA-256")) {
                    final Matcher classifier = CLASSIFIER.matcher(component.get("purl").asText());
                    components.put(component.get("name").asText() + "-" + component.get("version").asText()
                        + (classifier.find() ? "-" + classifier.group(1) : ""), hash.get("content").asText());
                }
            }
        }
        return components;
    }

    /** A file's SHA-256. */
    static String hash(final Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }
}
